//! When the system has no more memory, addresses or mappings, or forbids a call.

use super::*;
use crate::space::guards;

/// Limits the address space to what the process has now and `more` bytes.
fn limit_address_space(more: usize) {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = text.split(' ').next().unwrap().parse().unwrap();
    let bytes = (pages * PAGE + more) as u64;
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: only reads `limit`.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) }, 0);
    LIMIT.store(0, Relaxed); // look again
}

#[test]
fn absurd_requests_fail() {
    let _turn = turn();
    let before = stats();
    let absurd = [isize::MAX as usize - 16, 1 << 47, 1 << 46, 1 << 45];
    for size in absurd {
        // SAFETY: in range.
        assert_eq!(unsafe { allocate(size, 16, Kind::Malloc, 0) }, None);
    }
    let block = get(2 * MIB);
    // SAFETY: a live block.
    assert_eq!(unsafe { resize(block, 1 << 46, 0) }, Resize::Copy(2 * MIB));
    assert_eq!(stats().failures, before.failures + absurd.len() as u64);
    assert!(give(block));
    retire::drop_all();
    assert_eq!(stats().reserved_bytes, before.reserved_bytes);
}

#[test]
fn an_address_limit_is_lived_with() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        limit_address_space(200 * MIB);
        let failures = stats().failures;
        let mut blocks = std::vec::Vec::with_capacity(1000);
        let mut all = 0;
        for size in [10 * MIB, MIB] {
            // SAFETY: in range.
            while let Some(block) = unsafe { allocate(size, 16, Kind::Malloc, 0) } {
                blocks.push(block.as_ptr());
                all += size;
            }
        }
        assert!(all > 180 * MIB, "{all}");
        assert_eq!(stats().failures, failures + 2);
        blocks.drain(..).for_each(|block| assert!(give(block)));
        assert_ne!(stats().cached_bytes, 0);
        assert_eq!(stats().quarantined_bytes, 0, "addresses are short");
        assert!(give(get(all - MIB)), "what was kept warm made room");
        assert_eq!(check(true), 0);
    });
    assert_eq!(exit, Some(0), "{text}");
}

#[test]
fn a_block_grows_where_the_addresses_for_two_are_not_to_be_had() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        let block = get(600 * MIB);
        let other = get(20 * MIB);
        set(block, 600 * MIB - 1, 6);
        limit_address_space(150 * MIB);
        let block = resized(block, 700 * MIB);
        set(block, 700 * MIB - 1, 7);
        assert_eq!(byte(block, 600 * MIB - 1), 6);
        assert_eq!((stats().live, stats().unguarded), (2, 1));
        // SAFETY: a live block.
        let refused = unsafe { resize(block, 800 * MIB, 0) };
        assert_eq!(refused, Resize::Copy(700 * MIB));
        assert_eq!((byte(block, 700 * MIB - 1), size_of_block(block)), (7, Some(700 * MIB)));
        // SAFETY: a live block.
        let refused = unsafe { resize(other, 200 * MIB, 0) };
        assert_eq!(refused, Resize::Copy(20 * MIB));
        assert_faults("the guard page in front", || set(other.wrapping_sub(1), 0, 1));
        assert_faults("the guard page behind", || set(other, inner_for(20 * MIB).unwrap(), 1));
        assert_eq!(check(true), 0);
        assert!(give(block) && give(other));
        retire::drop_all();
        assert_eq!((stats().reserved_bytes, stats().committed_bytes, stats().unguarded), (0, 0, 0));
    });
    assert_eq!(exit, Some(0), "{text}");
}

#[test]
fn guards_have_a_budget() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        let first = get(2 * MIB);
        guards::BUDGET.store(1, Relaxed);
        let rest: std::vec::Vec<_> = (2..20).map(|size| get_aligned(size * MIB, MIB)).collect();
        assert_eq!(stats().unguarded, 18);
        let mut grown = rest[0];
        set(grown, MIB, 6);
        for size in [3, 5, 30] {
            grown = resized(grown, size * MIB);
            set(grown, size * MIB - 1, 7);
            assert_eq!(byte(grown, MIB), 6);
        }
        grown = resized(grown, 2 * MIB);
        assert_eq!(check(true), 0);
        assert!(give(first) && give(grown));
        rest[1..].iter().for_each(|&block| assert!(give(block)));
        sweep(0, 0, true);
        assert_eq!((check(true), stats().unguarded), (0, 0));
        retire::drop_all();
        assert_eq!(stats().reserved_bytes, 0);
        get(2 * MIB);
        assert_eq!(stats().unguarded, 0, "the budget was not freed");
    });
    assert_eq!(exit, Some(0), "{text}");
}

#[test]
fn guards_are_given_up_before_blocks() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        get(2 * MIB); // touches what is mapped at first use
        // Every other page gets other rights: two mappings a page, until there are none left.
        let field = sys::reserve(600 * MIB).unwrap();
        let pages = (0..300 * MIB / PAGE).map(|at| field.wrapping_add(2 * at * PAGE));
        let stopped = pages.into_iter().find(|&page| sys::commit(page, PAGE).is_err()).unwrap();
        // SAFETY: makes one piece of the last two, and so two mappings are free again.
        unsafe { sys::decommit(stopped.wrapping_sub(4 * PAGE), 4 * PAGE).unwrap() };
        let mut blocks = std::vec::Vec::with_capacity(20);
        for _ in 0..20 {
            // SAFETY: in range.
            blocks.extend(unsafe { allocate(2 * MIB, 16, Kind::Malloc, 0) }.map(NonNull::as_ptr));
        }
        assert_ne!(stats().unguarded, 0, "it failed with the last mapping left");
        for &block in &blocks {
            set(block, 2 * MIB - 1, 1);
            assert_eq!(size_of_block(block), Some(2 * MIB));
        }
        assert_eq!(check(true), 0);
        blocks.iter().for_each(|&block| assert!(give(block)));
        sweep(0, 0, true);
        assert_eq!(check(true), 0);
    });
    assert_eq!(exit, Some(0), "{text}");
}

/// Makes `mremap` fail with EPERM from now on.
fn forbid_mremap() {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, libc::SYS_mremap as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let filter = libc::sock_fprog { len: 4, filter: program.as_mut_ptr() };
    // SAFETY: the kernel reads the program.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, 2, &raw const filter), 0);
    }
}

#[test]
fn without_mremap_growing_asks_for_a_copy() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        let block = get(4 * MIB);
        set(block, 0, 3);
        forbid_mremap();
        // SAFETY: a live block.
        unsafe {
            assert_eq!(resize(block, 6 * MIB, 0), Resize::Copy(4 * MIB));
            assert_eq!(resize(block, 2 * MIB, 0), Resize::InPlace);
            // There is headroom now, but no way to grow into it.
            assert_eq!(resize(block, 3 * MIB, 0), Resize::Copy(2 * MIB));
        }
        assert_eq!(byte(block, 0), 3);
        let has = inner_for(2 * MIB).unwrap();
        assert_eq!(stats().committed_bytes as usize, has);
        assert_eq!(stats().unguarded, 0);
        let range = inner_for(4 * MIB).unwrap() + 2 * PAGE;
        assert_eq!(stats().reserved_bytes as usize, range, "the gap was not closed");
        assert_eq!(check(true), 0);
        assert!(give(block));
    });
    assert_eq!(exit, Some(0), "{text}");
    assert_faults("the closed gap", || {
        let block = get(4 * MIB);
        forbid_mremap();
        resized(block, 2 * MIB);
        // SAFETY: a live block.
        unsafe { resize(block, 3 * MIB, 0) };
        set(block, inner_for(2 * MIB).unwrap(), 1);
    });
}

#[test]
fn a_mapping_the_program_has_split_is_copied() {
    let _turn = turn();
    let block = get_aligned(8 * MIB, 2 * MIB);
    set(block, 1, 4);
    // SAFETY: a part of a live block.
    let split =
        unsafe { libc::madvise(block.wrapping_add(2 * MIB).cast(), MIB, libc::MADV_DONTDUMP) };
    assert_eq!(split, 0);
    // SAFETY: a live block.
    assert_eq!(unsafe { resize(block, 12 * MIB, 0) }, Resize::Copy(8 * MIB));
    assert_eq!((byte(block, 1), size_of_block(block)), (4, Some(8 * MIB)));
    assert!(give(block));
    retire::drop_all();
    assert_eq!((stats().reserved_bytes, stats().live), (0, 0), "nothing was lost");
}

#[test]
fn a_stranger_in_the_gap_is_left_alone() {
    let _turn = turn();
    let mut mapping = Mapping::create(4 * MIB, PAGE).unwrap();
    // SAFETY: ours.
    assert!(unsafe { mapping.shrink(2 * MIB) });
    let behind = pointer(mapping.address + 2 * MIB);
    // What `grow` does, with a stranger between its two steps.
    mapping.punch_gap(MIB);
    let stranger = sys::reserve_at(behind.wrapping_add(MIB / 2), PAGE);
    assert_eq!(stranger, Ok(()));
    mapping.close_gap(MIB);
    assert_eq!((mapping.guarded, mapping.len), (false, PAGE + 2 * MIB));
    assert_eq!(mapping.headroom(), 0);
    // SAFETY: ours; the registry never knew it.
    unsafe { mapping.discard() };
    let taken = sys::reserve_at(behind.wrapping_add(MIB / 2), PAGE);
    assert!(taken.is_err(), "the stranger's page was unmapped");
    // SAFETY: the stranger is us.
    unsafe { sys::unmap(behind.wrapping_add(MIB / 2), PAGE).unwrap() };
    assert_eq!(stats().reserved_bytes, 0);
}
