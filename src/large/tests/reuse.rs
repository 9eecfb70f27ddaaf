//! Freed blocks that are made to fit.

use super::*;

#[test]
fn what_is_cut_off_stays_warm_and_is_joined_again() {
    let _turn = turn();
    let whole = inner_for(40 * MIB).unwrap();
    let block = get(40 * MIB);
    assert!(give(block));
    let parts = [10, 12, 14].map(|size| get(size * MIB));
    assert_eq!(parts[0], block);
    assert!(parts.is_sorted());
    for (part, size) in parts.into_iter().zip([10, 12, 14]) {
        set(part, size * MIB - 1, 1);
        let end = inner_for(size * MIB).unwrap();
        assert_faults("behind a part", || set(part, end, 1));
        assert_faults("in front of a part", || set(part.wrapping_sub(1), 0, 1));
    }
    assert_eq!((check(true), stats().live), (0, 3));
    for part in [parts[1], parts[2], parts[0]] {
        assert!(give(part));
        assert_eq!(check(true), 0);
    }
    assert_eq!(cached(), whole, "its parts stayed apart");
    assert_eq!(get(40 * MIB), block);
    // One piece for the kernel as well: it moves as one.
    let moves = stats().moves;
    let block = resized(block, 41 * MIB);
    assert_eq!(stats().moves, moves + 1);
    assert!(give(block));
}

#[test]
fn what_is_cut_off_and_joined_again_ages_as_if_it_had_been_left_alone() {
    let _turn = turn();
    assert!(give(get(40 * MIB)));
    let freed = sys::now_ms();
    for _ in 0..10 {
        std::thread::sleep(core::time::Duration::from_millis(10));
        assert!(give(get(9 * MIB)));
    }
    assert_ne!(cached(), 0);
    sweep(freed.wrapping_add(1050), 1000, false);
    assert_eq!(cached(), 0, "a piece of it kept it young");
}

#[test]
fn a_part_that_is_damaged_or_in_use_is_not_joined() {
    let _turn = turn();
    assert!(give(get(30 * MIB)));
    let parts = [9, 10].map(|size| get(size * MIB));
    let (exit, text) = in_child(|| {
        set(parts[0], 9 * MIB, 0);
        assert!(!give(parts[0]) && give(parts[1]));
        assert_ne!(get(30 * MIB), parts[0]);
        assert_eq!(check(true), 0);
    });
    assert_eq!(exit, Some(0), "{text}");
    assert!(give(parts[1]));
    let other = get(30 * MIB);
    assert_ne!(other, parts[0]);
    set(parts[0], 9 * MIB - 1, 1);
    assert_eq!(check(true), 0);
    assert!(give(other) && give(parts[0]));
}

#[test]
fn a_shorter_block_is_lengthened() {
    let _turn = turn();
    let old = get(9 * MIB);
    set(old, MIB, 7);
    assert!(give(old));
    let fresh = fresh_bytes();
    let block = get(30 * MIB);
    assert_eq!(fresh_bytes() - fresh, inner_for(30 * MIB).unwrap() - inner_for(9 * MIB).unwrap());
    assert_eq!(cached(), 0);
    assert_eq!(byte(block, MIB), 7, "its pages were not used");
    set(block, 30 * MIB - 1, 8);
    assert_faults("the old place", || set(old, MIB, 1));
    let lines = reports(|| assert!(!give(old)));
    assert!(lines[0].contains("double-free: free of"), "{lines:?}");
    assert!(give(block));
    // SAFETY: in range.
    let zeroed = unsafe { allocate_zeroed(50 * MIB, 16, Kind::Malloc, 0) }.unwrap().as_ptr();
    assert!((0..50 * MIB).step_by(PAGE / 2).all(|at| byte(zeroed, at) == 0));
    let aligned = get_aligned(60 * MIB, MIB);
    assert_eq!((aligned.addr() % MIB, check(true)), (0, 0));
    assert!(give(zeroed) && give(aligned));
}

#[test]
fn a_growing_block_takes_back_what_it_was_cut_from() {
    let _turn = turn();
    let whole = get(40 * MIB);
    (0..40 * MIB).step_by(PAGE).for_each(|at| set(whole, at, 3));
    assert!(give(whole));
    let fresh = fresh_bytes();
    // SAFETY: in range.
    let block = unsafe { allocate_growing(2 * MIB, Kind::Malloc) }.unwrap().as_ptr();
    assert_eq!(block, whole);
    for size in 3..40 {
        assert_eq!(resized(block, size * MIB), block);
        set(block, size * MIB - 1, 4);
        assert_eq!(check(true), 0);
    }
    assert_eq!(fresh_bytes(), fresh);
    assert!(give(block));
    assert_eq!(cached(), inner_for(40 * MIB).unwrap());
}

#[test]
fn what_a_program_comes_back_to_is_kept() {
    use crate::config::limits::{WARM_AGAIN, WARM_LEAST};
    let _turn = turn();
    let size = 2 * WARM_LEAST;
    assert!(give(get(size)));
    assert_eq!(cached(), 0, "freed once, that may be the end of it");
    let block = get(size);
    assert!(give(block));
    assert_eq!(cached(), inner_for(size).unwrap());
    assert_eq!(get(size), block);
    let other = get(size / 2);
    assert!(give(block) && give(other));
    assert!(cached() <= size / 2 * 3 + 2 * PAGE, "more than was ever in use");
    // Nothing like it for longer than a decay: it is forgotten.
    let now = sys::now_ms();
    assert_ne!(again::room(0, now), 0);
    assert_eq!(again::room(0, now + crate::config::options::DECAY.get() + 10), 0);
    retire::drop_all();
    assert!(give(get(WARM_AGAIN)));
    assert_eq!(cached(), 0, "there are bounds");
}
