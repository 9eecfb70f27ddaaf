//! Blocks with pages of their own. Options are set in child processes alone.

use super::*;
use crate::config::options::{
    FILL_SLACK, GUARD, GUARD_METHOD, OWN_PAGES, QUARANTINE_MIB, WARM_LARGE,
};
use crate::space::{self, guards};
use crate::sync::atomic::AtomicU32;
use std::vec::Vec;

const MARKER: u32 = 1;
const MAPPING: u32 = 2;

fn own(size: usize, align: usize) -> Option<*mut u8> {
    // SAFETY: the sizes and alignments of these tests are in range.
    unsafe { allocate_own(size, align, Kind::Malloc, false) }.map(NonNull::as_ptr)
}

fn get_own(size: usize) -> *mut u8 {
    own(size, 16).expect("no memory")
}

/// Runs `body` in a child process in which guards are made by `method` and `guard` says where.
fn with(method: u32, guard: u32, body: impl FnOnce()) -> Vec<String> {
    reports(|| {
        OWN_PAGES.set(1);
        GUARD_METHOD.set(method);
        GUARD.set(guard);
        body();
        assert_eq!(check(true), 0);
    })
}

/// Runs `body` with every method and every place of the guard; nothing may be reported.
fn in_every_way(body: impl Fn(bool)) {
    let _turn = turn();
    for (method, guard) in [(0, 0), (MARKER, 0), (MARKER, 1), (MAPPING, 0), (MAPPING, 1)] {
        let lines = with(method, guard, || body(guard == 1));
        assert!(lines.is_empty(), "{method} {guard}: {lines:?}");
    }
}

const SIZES: [usize; 12] =
    [1, 13, 16, 24, 32, 4080, 4096, 4097, 65_536, 100_000, 300_000, 3 * MIB + 16];

#[test]
fn one_end_lies_at_a_guard_page() {
    in_every_way(|at_front| {
        for (size, align) in
            SIZES.into_iter().flat_map(|size| [(size, 16), (size, 64), (size, 4096)])
        {
            let block = own(size, align).unwrap();
            assert!(block.addr().is_multiple_of(align));
            assert_eq!(size_of_block(block), Some(size));
            assert!((0..size).all(|at| byte(block, at) == 0));
            set(block, 0, 1);
            set(block, size - 1, 2);
            let end = size.next_multiple_of(if at_front { PAGE } else { align });
            assert_faults("the far end", || set(block, end, 1));
            if at_front || end.is_multiple_of(PAGE) {
                assert_faults("the front", || set(block.wrapping_sub(1), 0, 1));
            }
            assert_eq!(check(true), 0);
            assert!(give(block));
        }
        assert_eq!((stats().live, stats().live_bytes, stats().committed_bytes), (0, 0, 0));
    });
}

#[test]
fn they_lie_beside_each_other_and_far_from_code_and_data() {
    // From what lies at the top, or in the first eighth.
    let far = space::second_eighth().len() / 8;
    static DATA: AtomicU32 = AtomicU32::new(0);
    in_every_way(|_| {
        let blocks = [(); 20].map(|()| get_own(100).addr());
        let code = libc::memcpy as *const () as usize;
        for address in blocks {
            assert!(address.abs_diff(blocks[0]) < MIB);
            assert!(address.abs_diff((&raw const DATA).addr()) > far);
            assert!(address.abs_diff(code) > far);
        }
        // Where something is in the way the kernel finds a place.
        let in_the_way = super::apart::wish(0);
        let len = 64 * PAGE;
        assert_eq!(sys::map_near(in_the_way, len).unwrap().addr(), in_the_way);
        let others = [(); 20].map(|()| get_own(100).addr());
        assert!(others.iter().all(|address| !(in_the_way..in_the_way + len).contains(address)));
    });
}

#[test]
fn large_alignments_waste_no_pages() {
    in_every_way(|_| {
        let block = own(100, 1 << 30).unwrap();
        assert!(block.addr().is_multiple_of(1 << 30));
        assert_eq!(stats().reserved_bytes as usize, 3 * PAGE);
        assert_faults("the next page", || set(block, PAGE, 1));
        assert!(give(block));
    });
}

#[test]
fn use_after_free_faults_and_the_pages_are_gone() {
    in_every_way(|_| {
        for size in SIZES {
            let block = get_own(size);
            set(block, size - 1, 1);
            assert!(give(block));
            for at in [0, size / 2, size - 1] {
                assert_faults("a write", || set(block, at, 1));
                assert_faults("a read", || assert!(byte(block, at) < 2));
            }
        }
        assert_ne!(stats().quarantined_bytes, 0);
    });
}

#[test]
fn damage_on_the_own_pages_is_found_at_free() {
    let _turn = turn();
    let lines = with(MARKER, 0, || {
        for (size, at) in [(13, 13), (13, 15), (4090, 4095), (13, -1), (32, -64), (100, -17)] {
            let block = get_own(size);
            set(block.wrapping_offset(at), 0, 0);
            assert_eq!(check(false), 1);
            assert!(!give(block));
            assert_faults("a damaged block", || set(block, 0, 1));
        }
    });
    let over = lines.iter().filter(|line| line.starts_with("DAM: heap-buffer-overflow: free"));
    let under = lines.iter().filter(|line| line.starts_with("DAM: heap-buffer-underflow: free"));
    assert_eq!((over.count(), under.count(), lines.len()), (3, 3, 6), "{lines:?}");
    assert!(lines[1].contains("first damaged byte at offset 15, found 00"), "{lines:?}");
    assert!(lines[5].contains("block with pages of its own, quarantined"), "{lines:?}");
    let lines = with(MAPPING, 1, || {
        let block = get_own(13);
        set(block, 4095, 1);
        assert!(!give(block));
    });
    assert!(lines[0].contains("first damaged byte at offset 4095, found 01"), "{lines:?}");
}

#[test]
fn a_double_free_is_told_as_long_as_the_range_is_kept() {
    let _turn = turn();
    for method in [MARKER, MAPPING] {
        let lines = with(method, 0, || {
            let blocks: Vec<_> = (1..=2000).map(get_own).collect();
            blocks.iter().for_each(|&block| assert!(give(block)));
            assert!(!give(blocks[0]), "more than 256 are kept");
            QUARANTINE_MIB.set(0);
            let block = get_own(50);
            assert!(give(block));
            assert!(!give(block));
        });
        assert!(lines[0].starts_with("DAM: double-free: free of 0x"), "{lines:?}");
        assert!(lines[0].contains("block of 1 bytes; block with pages of its own"), "{lines:?}");
        assert!(lines[1].ends_with("no block starts there"), "{lines:?}");
    }
}

#[test]
fn a_resize_stays_only_where_the_end_does() {
    in_every_way(|at_front| {
        for old in SIZES {
            for new in SIZES {
                let block = get_own(old);
                set(block, 0, 5);
                // SAFETY: a live block.
                let answer = unsafe { resize(block, new, 0) };
                let step = if at_front { PAGE } else { 16 };
                let stays = old.next_multiple_of(step) == new.next_multiple_of(step);
                assert_eq!(answer, if stays { Resize::InPlace } else { Resize::Copy(old) });
                assert_eq!(size_of_block(block), Some(if stays { new } else { old }));
                assert_eq!((check(true), byte(block, 0)), (0, 5));
                if new < old {
                    // SAFETY: a live block with more bytes.
                    assert!(unsafe { relabel(block, new) });
                    assert_eq!(check(true), 0);
                }
                assert!(give(block));
            }
        }
    });
}

#[test]
fn when_mappings_run_out_that_is_said_once_and_freed_blocks_make_room() {
    let _turn = turn();
    let lines = with(MAPPING, 0, || {
        guards::BUDGET.store(60, Relaxed); // 480 mappings
        let mut blocks: Vec<_> = core::iter::from_fn(|| own(100, 16)).collect();
        assert_eq!(blocks.len(), 80, "two mappings each, a third of them all");
        assert_eq!(own(100, 16), None);
        assert!(give(blocks.pop().unwrap()));
        blocks.push(get_own(100));
        assert_eq!(own(100, 16), None);
        blocks.into_iter().for_each(|block| assert!(give(block)));
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("DAM: own_pages: the system has no more mappings"), "{lines:?}");
}

/// Mappings of the process.
fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").unwrap().lines().count()
}

#[test]
fn markers_cost_no_mappings_and_mappings_two_a_block() {
    let _turn = turn();
    for (method, most) in [(MARKER, 50), (MAPPING, 2 * 3000 + 50)] {
        with(method, 0, || {
            let before = mappings();
            let blocks: Vec<_> = (0..3000).map(|_| get_own(32)).collect();
            assert!(mappings() <= before + most, "{} more", mappings() - before);
            blocks.into_iter().for_each(|block| assert!(give(block)));
            assert!(mappings() <= before + 50, "freed ones are one: {}", mappings() - before);
        });
    }
}

#[test]
fn blocks_freed_in_disorder_leave_no_holes_and_come_back_as_new() {
    let _turn = turn();
    for quarantine in [0, 10] {
        let lines = with(MARKER, 0, || {
            QUARANTINE_MIB.set(quarantine);
            let before = mappings();
            let mut blocks: Vec<_> = (0..4000).map(|_| get_own(32)).collect();
            for round in 0..20_000usize {
                let at = round * 7919 % blocks.len();
                set(blocks[at], 5, 5);
                if round % 100 == 0 {
                    let (page, advice) = (blocks[at].addr() & !(PAGE - 1), libc::MADV_DONTFORK);
                    // SAFETY: the page of a live block.
                    unsafe {
                        libc::mprotect(pointer(page).cast(), PAGE, libc::PROT_READ);
                        libc::madvise(pointer(page).cast(), PAGE, advice);
                    }
                }
                assert!(give(blocks[at]));
                blocks[at] = get_own(16 + round % 3 * 16);
                assert_eq!(byte(blocks[at], 5), 0);
                set(blocks[at], 0, 1);
            }
            assert_faults("behind", || set(blocks[0], size_of_block(blocks[0]).unwrap(), 1));
            let (exit, text) = in_child(|| blocks.iter().for_each(|&at| set(at, 0, 2)));
            assert_eq!(exit, Some(0), "{text}");
            blocks.into_iter().step_by(2).for_each(|block| assert!(give(block)));
            assert!(mappings() < before + 500, "{} more", mappings() - before);
        });
        assert!(lines.is_empty(), "{lines:?}");
    }
}

#[test]
fn locked_pages_become_inaccessible_too() {
    in_every_way(|_| {
        let block = get_own(5000);
        // SAFETY: the pages of a live block.
        unsafe { libc::mlock(block.cast(), 5000) };
        assert!(give(block));
        assert_faults("a locked block", || set(block, 0, 1));
    });
    let _turn = turn();
    let lines = with(0, 0, || {
        // SAFETY: only this child's memory.
        if unsafe { libc::mlockall(libc::MCL_FUTURE) } == 0 {
            let block = get_own(32);
            assert_faults("behind", || set(block, 32, 1));
            assert!(give(block));
            assert_faults("after free", || set(block, 0, 1));
        }
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn without_a_warm_cache_freed_large_blocks_fault_at_once() {
    let _turn = turn();
    let lines = reports(|| {
        WARM_LARGE.set(0);
        let block = get(2 * MIB);
        assert!(give(block));
        assert_eq!(stats().cached_bytes, 0);
        assert_faults("use after free", || set(block, 0, 1));
    });
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn all_of_the_slack_is_canary_where_that_is_asked_for() {
    let _turn = turn();
    let lines = reports(|| {
        FILL_SLACK.set(1);
        let block = get(2 * MIB + 100);
        // Far behind the block lie zeros.
        set(block, 2 * MIB + PAGE - 1, 1);
        assert!(!give(block));
        assert!(give(get(2 * MIB - 8)));
    });
    assert!(lines[0].contains("first damaged byte at offset 2101247, found 01"), "{lines:?}");
    assert_eq!(lines.len(), 1, "{lines:?}");
}
