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

/// A block that begins with a page and was written to all over.
fn filled_pages(size: usize) -> *mut u8 {
    let block = get_aligned(size, PAGE);
    fill(block, size);
    block
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

/// A shared mapping of `len` bytes of a new file, which holds ones; in the place of `at`.
fn map_file_over(at: *mut u8, len: usize) -> File {
    // SAFETY: plain system calls; the pages are the test's.
    unsafe {
        let file = libc::memfd_create(c"over".as_ptr(), 0);
        assert!(file >= 0);
        assert_eq!(libc::ftruncate(file, len as libc::off_t), 0);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_FIXED;
        assert_eq!(libc::mmap(at.cast(), len, protection, flags, file, 0), at.cast());
        at.write_bytes(1, len);
        File::from_raw_fd(file)
    }
}

/// Asserts that a block into which the program has mapped a file is given back as it is.
fn a_file_in_a_block_stays_out_of_the_next(size: usize) {
    let block = filled_pages(size);
    let mut file = map_file_over(block.wrapping_add(MIB), MIB);
    assert!(give(block));
    assert_eq!(cached(), 0, "a file's pages were kept");
    let next = get(size);
    fill(next, size);
    let mut bytes = std::vec::Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), MIB);
    assert!(bytes.iter().all(|&byte| byte == 1), "somebody wrote to the file");
    assert!(give(next));
}

#[test]
fn a_file_that_was_mapped_into_a_block_stays_as_it_is() {
    let _turn = turn();
    moved_in_peace(|| a_file_in_a_block_stays_out_of_the_next(4 * MIB));
    // Nor is it the next block's where pages stay where they are.
    a_file_in_a_block_stays_out_of_the_next(20 * MIB);
}

/// `madvise` on a part of a block.
fn advise(at: *mut u8, len: usize, advice: i32) -> bool {
    // SAFETY: the pages are the test's.
    unsafe { libc::madvise(at.cast(), len, advice) == 0 }
}

#[test]
fn a_child_has_the_pages_that_it_was_not_to_have() {
    let _turn = turn();
    moved_in_peace(|| {
        let block = filled_pages(SIZE);
        assert!(advise(block, inner_for(SIZE).unwrap(), libc::MADV_DONTFORK));
        assert!(give(block));
        let kept = cached();
        assert_ne!(kept, 0);
        // Whoever takes the piece in the child must find it there.
        let (exit, text) = in_child(|| {
            let fresh = fresh_bytes();
            let next = get(SIZE);
            assert_eq!((cached(), fresh_bytes()), (0, fresh));
            fill(next, SIZE);
        });
        assert_eq!(exit, Some(0), "{text}");
    });
}

#[test]
fn the_programs_own_guard_pages_are_gone() {
    /// Linux 6.13.
    const MADV_GUARD_INSTALL: i32 = 102;
    let _turn = turn();
    moved_in_peace(|| {
        let block = filled_pages(SIZE);
        // Not one of the pages that are looked at by lot, or they are taken for unused: the canary's.
        let last = block.wrapping_add(inner_for(SIZE).unwrap() - 2 * PAGE);
        if advise(last, PAGE, MADV_GUARD_INSTALL) {
            assert!(give(block));
            let next = get(SIZE);
            fill(next, SIZE);
            assert!(give(next));
        }
    });
}

#[test]
fn a_block_that_is_several_mappings_is_given_back_as_a_whole() {
    let _turn = turn();
    moved_in_peace(|| {
        let block = filled_pages(SIZE);
        // SAFETY: the page is the test's.
        assert_eq!(unsafe { libc::mlock(block.wrapping_add(64 << 10).cast(), PAGE) }, 0);
        assert!(give(block));
        assert_eq!(cached(), 0);
        assert_faults("the first part", || _ = byte(block, 0));
        assert_faults("what was locked", || _ = byte(block, 64 << 10));
        assert_faults("the last part", || _ = byte(block, SIZE - 1));
        assert_eq!(check(true), 0);
    });
}

#[test]
fn where_addresses_run_out_later_the_quarantine_stays() {
    let _turn = turn();
    moved_in_peace(|| {
        let blocks = [(); 8].map(|()| get(SIZE));
        for block in blocks {
            fill(block, SIZE);
        }
        // Not moved: nothing of it is kept but the addresses.
        let unused = [(); 8].map(|()| get(9 * MIB));
        unused.into_iter().for_each(|block| assert!(give(block)));
        let quarantined = stats().quarantined_bytes;
        assert_ne!(quarantined, 0);
        // SAFETY: plain system call, in a child of the test's.
        unsafe {
            let limit = libc::rlimit { rlim_cur: 1, rlim_max: 1 };
            assert_eq!(libc::setrlimit(libc::RLIMIT_AS, &raw const limit), 0);
        }
        blocks.into_iter().for_each(|block| assert!(give(block)));
        assert!(stats().quarantined_bytes >= quarantined, "what was quarantined was thrown away");
    });
}
