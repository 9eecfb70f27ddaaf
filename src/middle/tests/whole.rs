//! The tier as a whole. Its pools are shared by all tests of the process.

use core::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, Once};
use std::vec::Vec;

use super::*;

static WHOLE: Mutex<()> = Mutex::new(());

pub fn whole() -> MutexGuard<'static, ()> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if crate::space::base() == 0 {
            crate::space::init(62).unwrap();
        }
        if canary::KEY.load(Relaxed) == 0 {
            canary::set_key(1_234_567);
        }
    });
    WHOLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

pub fn take(size: usize, near: u32) -> *mut u8 {
    // SAFETY: MIDDLE-1: `whole` has been called.
    unsafe { allocate(size, 16, Kind::Malloc, near) }.unwrap().as_ptr()
}

pub fn give(block: *mut u8) -> bool {
    // SAFETY: MIDDLE-6: tests do not use blocks they gave back.
    unsafe { free(block, claim()) }
}

/// Blocks on their way between threads: address, size, fill.
static SHELF: [Mutex<Vec<(usize, usize, u8)>>; 16] = [const { Mutex::new(Vec::new()) }; 16];
static DONE: AtomicU64 = AtomicU64::new(0);

/// Puts 4000 blocks on shelves and frees what it finds there.
fn exchange(thread: u32) {
    let mut random = Random::new();
    for round in 0..4000usize {
        let shelf = &SHELF[random.below(SHELF.len())];
        let (size, fill) = (10_000 + random.below(90_000), round as u8);
        let block = take(size, thread);
        bytes(block, 64).fill(fill);
        bytes(block, size)[size - 64..].fill(fill);
        let mut shelf = shelf.lock().unwrap();
        shelf.push((block.expose_provenance(), size, fill));
        if shelf.len() < 8 {
            continue;
        }
        let nth = random.below(shelf.len());
        let (old, size, fill) = shelf.swap_remove(nth);
        drop(shelf);
        let old = core::ptr::with_exposed_provenance_mut(old);
        let (head, tail) = (bytes(old, 64), &bytes(old, size)[size - 64..]);
        assert!(head.iter().chain(tail).all(|&byte| byte == fill), "{random}");
        // SAFETY: MIDDLE-6: any pointer is allowed.
        assert_eq!(unsafe { usable_size(old, Operation::UsableSize) }, Some(size));
        assert!(give(old), "{random}");
        if round % 64 == 0 {
            match thread == 0 && round % 1024 == 0 {
                true => give_back_all(round as u32),
                false => look_around(round as u32, 0),
            }
            stats();
        }
    }
    DONE.fetch_add(1, Relaxed);
}

#[test]
fn threads_share_pools_and_the_books_balance() {
    let _whole = whole();
    let before = stats();
    std::thread::scope(|scope| {
        (0..6).for_each(|thread| drop(scope.spawn(move || exchange(thread))));
        while DONE.load(Relaxed) < 6 {
            assert_eq!(check(true), 0);
        }
    });
    for (block, ..) in SHELF.iter().flat_map(|shelf| core::mem::take(&mut *shelf.lock().unwrap())) {
        assert!(give(core::ptr::with_exposed_provenance_mut(block)));
    }
    let after = stats();
    assert_eq!(after.live, before.live);
    assert_eq!(after.allocations - before.allocations, 24_000);
    assert_eq!(
        (after.live_bytes, after.requested_bytes),
        (before.live_bytes, before.requested_bytes)
    );
    assert_eq!(check(true), 0);
}

#[test]
fn a_second_pool_is_opened_when_the_first_is_full_and_reused_when_it_is_not() {
    let _whole = whole();
    // Pools that other tests have damaged keep what they have.
    end_waiting();
    give_back_all(1);
    let before = stats();
    let blocks: Vec<_> = (0..100).map(|_| take(MIDDLE_MAX, 3)).collect();
    assert!(stats().pools >= before.pools + 2);
    let pools = stats().pools;
    blocks.iter().for_each(|&block| assert!(give(block)));
    let blocks: Vec<_> = (0..100).map(|_| take(MIDDLE_MAX, 5)).collect();
    assert_eq!(stats().pools, pools, "no address space is lost");
    blocks.iter().for_each(|&block| assert!(give(block)));
    // A pool with a block that waits is not empty.
    end_waiting();
    give_back_all(1);
    let after = stats();
    assert_eq!((after.committed_bytes, after.live), (before.committed_bytes, before.live));
    assert!(after.purged_bytes > before.purged_bytes);
}

#[test]
fn what_the_tier_does_not_serve_is_refused_without_a_report() {
    let _whole = whole();
    let before = stats();
    for (size, align) in [(MIDDLE_MAX + 1, 16), (100, MAX_ALIGN * 2)] {
        // SAFETY: MIDDLE-1: `whole` has been called.
        assert!(unsafe { allocate(size, align, Kind::Malloc, 0) }.is_none());
    }
    assert_eq!(stats(), before);
}

#[test]
fn misuse_is_reported_counted_and_contained() {
    let _whole = whole();
    let before = (stats(), crate::guard::violation::count());
    let (block, other) = (take(20_000, 0), take(20_000, 0));
    write(block, 20_003, 0);
    assert_eq!(check(true), 1);
    // SAFETY: MIDDLE-6: any pointer is allowed.
    unsafe {
        assert_eq!(resize(block, 30_000, 0), Resize::Refused);
        assert_eq!(usable_size(block, Operation::UsableSize), Some(20_000));
        assert_eq!(usable_size(block.add(16), Operation::UsableSize), None);
    }
    assert!(!give(block));
    assert_eq!(check(true), 0, "it is reported once");
    assert!(!give(core::ptr::with_exposed_provenance_mut(
        crate::space::middle_range().0 + (1 << 34)
    )));
    assert_eq!(crate::guard::violation::count() - before.1, 5);
    assert_eq!(stats().pools_quarantined, before.0.pools_quarantined + 1);
    let fresh = take(20_000, 0);
    assert_ne!(fresh.addr() / MIDDLE_POOL, block.addr() / MIDDLE_POOL);
    assert!(give(other) && give(fresh));
    assert_eq!(stats().live, before.0.live);
    assert_eq!(stats().requested_bytes, before.0.requested_bytes);
}

/// Runs `body` in a child process; its answer is the child's exit status.
fn in_child(body: fn() -> i32) -> i32 {
    // SAFETY: SYS-2: the child uses the tier, whose locks nobody holds now, and leaves at once.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::_exit(body());
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &mut status, 0), child);
        if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 255 }
    }
}

#[test]
fn when_memory_runs_out_requests_fail_and_nothing_else_does() {
    let _whole = whole();
    let outcome = in_child(|| {
        let mut blocks = [core::ptr::null_mut::<u8>(); 64];
        let before = stats();
        let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        let kept = take(100_000, 0);
        // SAFETY: SYS-2: no more writable memory from here on.
        unsafe { libc::setrlimit(libc::RLIMIT_DATA, &limit) };
        // SAFETY: MIDDLE-1: `whole` has been called.
        let get = || unsafe { allocate(MIDDLE_MAX, 16, Kind::Malloc, 0) };
        let mut got = 0;
        while let Some(block) = get() {
            blocks[got] = block.as_ptr();
            got += 1;
        }
        let refused = get().is_none() && stats().failures == before.failures + 2;
        let few_pools = stats().pools <= before.pools + 2;
        let freed = blocks[..got].iter().all(|&block| give(block)) && give(kept);
        let again = got == 0 || get().is_some();
        i32::from(!refused) | i32::from(!few_pools) << 1 | i32::from(!(freed && again)) << 2
    });
    assert_eq!(outcome, 0);
}
