//! Freed blocks whose pages are moved and cleared (`warm_large=moved`), in children: the option is the process's.

use super::*;
use crate::config::options::{MOVED, WARM_LARGE};

const SIZE: usize = 300 << 10;

/// What `body` reports where freed blocks are moved.
#[track_caller]
fn moved(body: impl FnOnce()) -> std::vec::Vec<String> {
    reports(|| {
        WARM_LARGE.set(MOVED);
        body();
    })
}

/// [`moved`] where there is nothing to report.
#[track_caller]
fn moved_in_peace(body: impl FnOnce()) {
    let lines = moved(body);
    assert!(lines.is_empty(), "{lines:?}");
}

fn fill(block: *mut u8, size: usize) {
    // SAFETY: a block of the test's.
    unsafe { block.write_bytes(0xA5, size) };
}

/// A block that was written to all over and freed.
fn used(size: usize) -> *mut u8 {
    let block = get(size);
    fill(block, size);
    assert!(give(block));
    block
}

#[test]
fn the_next_block_has_the_pages_cleared_and_at_another_address() {
    let _turn = turn();
    moved_in_peace(|| {
        let first = used(SIZE);
        assert_eq!(cached(), inner_for(SIZE).unwrap());
        assert_faults("read after free", || _ = byte(first, 100));
        let fresh = fresh_bytes();
        let second = get(SIZE);
        assert_ne!(first, second);
        assert_eq!((cached(), fresh_bytes()), (0, fresh), "other pages than those there are");
        for at in 0..SIZE {
            assert_eq!(byte(second, at), 0, "at {at}");
        }
        assert_faults("behind", || set(second, inner_for(SIZE).unwrap(), 1));
        assert_faults("in front", || set(second.wrapping_sub(1), 0, 1));
        assert_faults("still", || set(first, 0, 1));
        assert_eq!(check(true), 0);
        assert!(give(second));
    });
}

#[test]
fn what_was_freed_is_known_at_the_address_that_it_had() {
    let _turn = turn();
    let lines = moved(|| {
        let block = used(SIZE);
        assert!(!give(block));
        assert_eq!(size_of_block(block), None);
        assert_eq!(check(true), 0);
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("double-free") && lines[0].contains("of 307200 bytes"), "{lines:?}");
}

#[test]
fn pieces_serve_longer_and_shorter_blocks_and_are_clear() {
    let _turn = turn();
    moved_in_peace(|| {
        used(8 * MIB);
        for round in 0..40 {
            let size = SIZE + (round * 7919 % 97) * PAGE * 3 + round;
            // SAFETY: the sizes and alignments of these tests are in range.
            let block = unsafe { allocate_zeroed(size, 16, Kind::Malloc, 0) }.unwrap().as_ptr();
            assert!((0..size).step_by(61).all(|at| byte(block, at) == 0), "round {round}: {size}");
            fill(block, size);
            let larger = resized(block, size + MIB);
            assert!((size..size + MIB).step_by(61).all(|at| byte(larger, at) == 0), "{round}");
            fill(larger, size + MIB);
            assert!(give(larger));
            assert_eq!(check(true), 0);
        }
    });
}

#[test]
fn a_block_that_was_hardly_used_makes_no_memory() {
    let _turn = turn();
    moved_in_peace(|| {
        let block = get(16 * MIB);
        set(block, 9 * MIB, 1);
        assert!(give(block));
        assert_eq!(cached(), 0);
        assert_faults("use after free", || set(block, 0, 1));
        // One that can't be kept is not cleared.
        used(33 * MIB);
        assert_eq!(cached(), 0);
    });
}

#[test]
fn a_block_that_may_not_be_written_to_any_more_is_cleared_all_the_same() {
    let _turn = turn();
    moved_in_peace(|| {
        let block = get(SIZE);
        fill(block, SIZE);
        // SAFETY: all of it and its canary are the test's pages.
        let done =
            unsafe { libc::mprotect(block.cast(), inner_for(SIZE).unwrap(), libc::PROT_READ) };
        assert_eq!(done, 0);
        assert!(give(block));
        assert_ne!(cached(), 0);
        assert_eq!(byte(get(SIZE), 5), 0);
    });
}
