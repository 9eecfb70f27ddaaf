//! What becomes of sound blocks.

use super::*;

#[test]
fn blocks_are_guarded_on_both_sides() {
    let _turn = turn();
    for (size, align) in [(MIB + 1, 16), (2 * MIB, 16), (5 * MIB - 8, 1 << 21), (1, 1 << 30)] {
        let block = get_aligned(size, align);
        assert_eq!(block.addr() % align.max(PAGE), 0);
        set(block, 0, 1);
        set(block, size - 1, 2);
        let end = inner_for(size).unwrap();
        assert_faults("in front", || set(block.wrapping_sub(1), 0, 1));
        assert_faults("behind", || set(block, end, 1));
        assert_eq!(size_of_block(block), Some(size));
        assert_eq!(stats().reserved_bytes as usize, end + 2 * PAGE, "the surplus was kept");
        assert_eq!(check(true), 0);
        assert!(give(block));
        retire::drop_all();
    }
}

#[test]
fn the_best_fitting_warm_block_is_taken() {
    let _turn = turn();
    let sizes = [25, 22, 24];
    let blocks = sizes.map(|size| get(size * MIB / 10));
    blocks.into_iter().for_each(|block| assert!(give(block)));
    assert_eq!(get(2 * MIB), blocks[1]);
    assert_eq!(get(2 * MIB), blocks[2]);
    assert_eq!(get(2 * MIB), blocks[0]);
    blocks.into_iter().for_each(|block| assert!(give(block)));
}

#[test]
fn a_freed_block_is_reused_warm_and_cleared_for_calloc() {
    let _turn = turn();
    for size in [MIB / 2 + 3, 3 * MIB + 5, 5 * MIB + 205] {
        let block = get(size);
        (0..size).rev().step_by(90).for_each(|at| set(block, at, 7));
        assert!(give(block));
        assert_eq!(stats().cached_bytes, inner_for(size).unwrap() as u64);
        // SAFETY: in range.
        let again = unsafe { allocate_zeroed(size - 100, 16, Kind::Malloc, 0) }.unwrap().as_ptr();
        assert_eq!(again, block, "the warm block was passed over");
        assert_eq!(stats().cached_bytes, 0);
        assert!((0..size - 100).all(|at| byte(again, at) == 0));
        assert!(give(again));
        assert!(give(get(size / 4 * 3)));
        assert_eq!(stats().cached_bytes, inner_for(size).unwrap() as u64, "its parts stayed apart");
        retire::drop_all();
    }
}

#[test]
fn a_warm_block_has_nothing_left_of_what_the_program_did_to_its_pages() {
    let _turn = turn();
    for advice in [libc::MADV_DONTFORK, libc::MADV_WIPEONFORK] {
        let block = get(2 * MIB);
        // SAFETY: the pages of a live block.
        unsafe {
            assert_eq!(libc::madvise(block.cast(), MIB, advice), 0);
            assert_eq!(libc::mprotect(block.cast(), 2 * MIB, libc::PROT_READ), 0);
        }
        assert!(give(block));
        assert_eq!(get(2 * MIB), block);
        set(block, 5, 3);
        let (exit, text) = in_child(|| assert_eq!(byte(block, 5), 3));
        assert_eq!(exit, Some(0), "{text}");
        assert!(give(block));
    }
}

#[test]
fn cold_blocks_fault_and_ranges_are_bounded() {
    let _turn = turn();
    let block = get(2 * MIB);
    assert!(give(block));
    let now = sys::now_ms();
    sweep(now.wrapping_add(999), 100_000, false);
    assert_ne!(stats().cached_bytes, 0, "it was too young to go");
    let purged = stats().purged_bytes;
    sweep(now.wrapping_add(2000), 1000, false);
    assert_eq!(stats().cached_bytes, 0);
    assert_eq!(stats().purged_bytes - purged, inner_for(2 * MIB).unwrap() as u64);
    assert_eq!(stats().committed_bytes, stats().live_bytes);
    assert_faults("use after free", || set(block, 0, 1));
    for _ in 0..600 {
        assert!(give(get(20 * MIB)));
        sweep(0, 0, true);
    }
    assert_eq!(check(true), 0);
    let kept = stats().quarantined_bytes as usize;
    let (full, one) = (quarantine::most_bytes(), 20 * MIB + 3 * PAGE);
    assert!(kept <= full && kept + one > full, "{kept}");
    retire::drop_all();
    let after = stats();
    assert_eq!((after.quarantined_bytes, after.live), (0, 0));
    assert_eq!(after.reserved_bytes, 0);
}

#[test]
fn the_warm_cache_is_bounded() {
    use crate::config::limits::{WARM_BYTES, WARM_COUNT, WARM_LEAST};
    let _turn = turn();
    let cached = || stats().cached_bytes as usize;
    let one = inner_for(2 * MIB).unwrap();
    let fill = || {
        let blocks: std::vec::Vec<_> = (0..WARM_COUNT + 20).map(|_| get(2 * MIB)).collect();
        blocks.iter().for_each(|&block| assert!(give(block)));
    };
    // While much is in use, as many as there are places; else in proportion.
    let in_use = get(2 * WARM_BYTES);
    fill();
    assert_eq!(cached(), one * WARM_COUNT);
    assert!(give(get(WARM_BYTES / 4 * 3)));
    assert!(cached() <= WARM_BYTES && cached() >= WARM_BYTES / 4 * 3);
    assert!(give(get(WARM_BYTES)), "too large to be kept at all");
    assert!(cached() <= WARM_BYTES);
    assert!(give(in_use), "too large");
    retire::drop_all();
    again::forget();
    fill();
    assert_eq!(cached(), WARM_LEAST / one * one);
    assert_eq!(check(true), 0);
}

#[test]
fn growing_moves_pages_and_then_uses_headroom() {
    let _turn = turn();
    let mut block = get(2 * MIB);
    (0..2 * MIB).step_by(PAGE).for_each(|at| set(block, at, (at / PAGE) as u8));
    let old = block;
    let moves = stats().moves;
    block = resized(block, 3 * MIB);
    assert_ne!(block, old, "the guard page was overrun");
    assert_eq!(block.addr() % (2 * MIB), old.addr() % (2 * MIB), "page tables cannot move whole");
    assert_eq!(stats().moves, moves + 1);
    for step in 1..=12 {
        let grown = resized(block, 3 * MIB + step * 100_000);
        assert_eq!(grown, block, "there was headroom");
        set(grown, 3 * MIB + step * 100_000 - 1, 9);
    }
    block = resized(block, 40 * MIB);
    assert_eq!(stats().moves, moves + 2, "a block grown in place did not move as one");
    assert!((0..2 * MIB).step_by(PAGE).all(|at| byte(block, at) == (at / PAGE) as u8));
    assert_eq!(byte(block, 3 * MIB + 100_000 - 1), 9);
    assert_faults("the old place", || set(old, 0, 1));
    assert_faults("headroom", || set(block, inner_for(40 * MIB).unwrap(), 1));
    let lines = reports(|| assert!(!give(old)));
    assert!(lines[0].contains("double-free: free of"), "{lines:?}");
    assert_eq!(size_of_block(block), Some(40 * MIB));
    assert_eq!(stats().live_bytes as usize, inner_for(40 * MIB).unwrap());
    assert_eq!(stats().requested_bytes as usize, 40 * MIB);
    assert_eq!(check(true), 0);
    assert!(give(block));
}

#[test]
fn doubling_goes_to_a_warm_block() {
    let _turn = turn();
    let (warm, small) = (get(4 * MIB), get(2 * MIB));
    assert!(give(warm));
    (0..2 * MIB).step_by(1021).for_each(|at| set(small, at, at as u8));
    let moves = stats().moves;
    assert_eq!(resized(small, 4 * MIB - 9), warm);
    assert_eq!(stats().moves, moves);
    assert!((0..2 * MIB).step_by(1021).all(|at| byte(warm, at) == at as u8));
    assert_eq!(size_of_block(warm), Some(4 * MIB - 9));
    assert_eq!(stats().cached_bytes as usize, inner_for(2 * MIB).unwrap());
    assert_eq!(stats().live_bytes as usize, inner_for(4 * MIB).unwrap());
    assert_eq!(check(true), 0);
    let lines = reports(|| assert!(!give(small)));
    assert!(lines[0].starts_with("DAM: double-free"), "{lines:?}");
    assert_eq!(get(2 * MIB), small, "the old block is kept warm itself");
    assert!(give(small) && give(warm));
}

#[test]
fn a_growing_block_holds_half_more_at_the_most_and_gives_nothing_back() {
    let _turn = turn();
    let keeps = |size: usize| {
        let (live, all) = (stats().live_bytes as usize, stats().committed_bytes as usize);
        assert!(live >= size && live <= size / 2 * 3 + MIB / 2, "{live} bytes for {size}");
        assert_eq!(all, live + stats().cached_bytes as usize);
    };
    assert!(give(get(36 * MIB)));
    // SAFETY: in range.
    let block = unsafe { allocate_growing(9 * MIB, Kind::Malloc) }.unwrap().as_ptr();
    keeps(9 * MIB);
    assert!(give(block));
    assert!(give(get(36 * MIB)));
    let mut block = resized(get(4 * MIB), 12 * MIB);
    keeps(12 * MIB);
    let purged = stats().purged_bytes;
    for size in 13..18 {
        assert_eq!(resized(block, size * MIB), block, "it had room");
    }
    assert_eq!(stats().purged_bytes, purged, "pages it was about to use");
    block = resized(block, 14 * MIB);
    assert_eq!(stats().live_bytes as usize, inner_for(14 * MIB).unwrap(), "its tail was kept");
    assert!(give(block));
}

#[test]
fn growing_by_little_does_not_ask_the_kernel_each_time() {
    let _turn = turn();
    let mut block = get(2 * MIB);
    let (mut changes, mut inner) = (0, 0);
    for step in 0..320 {
        block = resized(block, 2 * MIB + step * PAGE);
        set(block, 2 * MIB + step * PAGE - 1, 1);
        changes += u32::from(stats().live_bytes != inner);
        inner = stats().live_bytes;
    }
    assert!((2..=22).contains(&changes), "{changes}");
    assert!(give(block));
}

#[test]
fn shrinking_gives_the_tail_back() {
    let _turn = turn();
    let block = get(8 * MIB);
    set(block, 3 * MIB - 1, 5);
    assert_eq!(resized(block, 8 * MIB - 5000), block);
    let before = stats().committed_bytes as usize;
    assert_eq!(before, inner_for(8 * MIB).unwrap(), "a page is not worth a system call");
    assert_eq!(resized(block, 3 * MIB), block);
    assert_eq!(stats().committed_bytes as usize, inner_for(3 * MIB).unwrap());
    assert_eq!(stats().live_bytes, stats().committed_bytes);
    assert_faults("the tail", || set(block, inner_for(3 * MIB).unwrap(), 1));
    assert_eq!(byte(block, 3 * MIB - 1), 5);
    assert_eq!(resized(block, 5 * MIB), block, "its own tail is headroom");
    assert_eq!(byte(block, 5 * MIB - 1), 0);
    // SAFETY: a live block.
    let answer = unsafe { resize(block, resize::LEAVE_AT, 0) };
    assert_eq!(answer, Resize::Copy(5 * MIB));
    assert_eq!(size_of_block(block), Some(5 * MIB), "Copy leaves the block alone");
    assert!(give(block));
}

#[test]
fn doors_and_sizes() {
    let _turn = turn();
    // SAFETY: in range.
    let block = unsafe { allocate(2 * MIB, 16, Kind::New, 0) }.unwrap().as_ptr();
    let mismatches = stats().mismatches;
    let door = Claim { kind: Some(Kind::Malloc), size: Some(2 * MIB), ..claim() };
    // SAFETY: a live block.
    assert!(unsafe { free(block, door) });
    assert_eq!(stats().mismatches, mismatches + 1);
}
