//! What the hardened profiles add. Each pool here has rules of its own.

use std::vec::Vec;

use super::*;
use crate::bits::PAGE;
use crate::middle::header::HEADER;
use crate::middle::rules::Rules;
use crate::middle::waiting::{Bound, Queue};

const ZERO: Rules = Rules { zero: true, ..NONE };
const FILL: Rules = Rules { fill: true, ..NONE };
const LOTS: Rules = Rules { lots: true, ..NONE };
const NONE: Rules = Rules { any: true, zero: false, fill: false, lots: false, delay: false };

fn with(rules: Rules) -> Alone {
    let mut pool = Alone::new();
    pool.0.hold().pool.rules = rules;
    pool.0.front.rules = rules;
    pool
}

/// Frees a block as the tier does, by way of a queue that holds `bound` bytes.
fn free_to(queue: &'static Queue, pool: &'static Alone, block: *mut u8, bound: usize) -> bool {
    let sound = queue.free(
        Bound { bytes: bound, wipe: false },
        &pool.0,
        block.addr() - pool.base(),
        &claim(),
    );
    assert!(pool.0.hold().is_sound());
    sound
}

fn leaked(rules: Rules) -> (&'static Queue, &'static Alone) {
    (Box::leak(Box::new(Queue::new())), Box::leak(Box::new(with(rules))))
}

/// Frees a block at once.
fn free_now((queue, pool): (&'static Queue, &'static Alone), block: *mut u8) {
    assert!(free_to(queue, pool, block, 0));
}

fn violations() -> u64 {
    crate::guard::violation::count()
}

#[test]
fn a_freed_block_is_zero_behind_its_tombstone_and_needs_no_clearing() {
    let (queue, pool) = leaked(ZERO);
    let blocks: Vec<_> = (0..3).map(|_| pool.get(30_000)).collect();
    blocks.iter().for_each(|&block| bytes(block, 30_000).fill(0x77));
    let length = blocks[1].addr() - blocks[0].addr();
    for at in [1, 0] {
        free_now((queue, pool), blocks[at]);
        assert!(filled(bytes(blocks[at], length - HEADER), 0));
    }
    assert_eq!(pool.violation(blocks[1]), Violation::DoubleFree, "its tombstone is still there");

    let at = leaked(ZERO);
    let blocks: Vec<_> = (0..3).map(|_| at.1.get(30_000)).collect();
    [1, 0].iter().for_each(|&place| free_now(at, blocks[place]));
    let zeroed = at.1.allocate(60_000, 16, true).unwrap();
    assert_eq!(zeroed, blocks[0]);
    assert!(filled(bytes(zeroed, 60_000), 0), "tombstones are gone, too");
}

#[test]
fn a_write_to_a_freed_block_is_found_when_it_is_used_again() {
    for offset in [0, 1, 4095, 8192, 29_999, 30_007] {
        let at = leaked(ZERO);
        let blocks: Vec<_> = (0..3).map(|_| at.1.get(30_000)).collect();
        [0, 1].iter().for_each(|&place| free_now(at, blocks[place]));
        write(blocks[1], offset, 0x41);
        let Err(Refusal::Written(found)) = at.1.allocate(60_016, 16, false) else {
            panic!("offset {offset}")
        };
        assert_eq!(found, blocks[1].addr() + offset as usize - at.1.base());
        let fault = at.1.0.hold().found_written(found);
        assert_eq!(fault.violation, Violation::UseAfterFree);
        let damage = fault.damage.unwrap();
        assert_eq!(damage.bytes[damage.skip], 0x41);
        assert_eq!(fault.address + damage.offset, blocks[1].addr() + offset as usize);
        if offset < 30_000 {
            assert_eq!((fault.address, fault.size), (blocks[1].addr(), Some(30_000)));
        }
        assert_eq!(at.1.allocate(20_000, 16, false), Err(Refusal::NoRoom));
        at.1.free(blocks[2]).unwrap();
    }
}

#[test]
fn a_write_to_what_was_never_used_is_found_where_zeros_are_promised() {
    let at = leaked(ZERO);
    let first = at.1.get(20_000);
    write(first, 100_000, 0x41);
    at.1.get(20_000);
    let Err(Refusal::Written(found)) = at.1.allocate(150_000, 16, true) else { panic!() };
    assert_eq!(found, first.addr() + 100_000 - at.1.base());
    let fault = at.1.0.hold().found_written(found);
    assert_eq!((fault.violation, fault.size), (Violation::UseAfterFree, None));
    assert!(at.1.is_quarantined());
}

#[test]
fn a_write_is_found_before_pages_go_back_and_after() {
    for early in [true, false] {
        let at = leaked(ZERO);
        let blocks: Vec<_> = (0..2).map(|_| at.1.get(100_000)).collect();
        bytes(blocks[0], 100_000).fill(1);
        free_now(at, blocks[0]);
        if early {
            write(blocks[0], 50_000, 1);
        }
        at.1.sweep(1, true);
        assert_eq!(at.1.is_quarantined(), early);
        if !early {
            assert!(at.1.0.counters.purged_bytes.get() >= 90_000);
            write(blocks[0], 50_000, 1);
            assert!(matches!(at.1.allocate(100_000, 16, false), Err(Refusal::Written(_))));
        }
    }
    // An empty pool goes as a whole, and begins anew.
    let at = leaked(ZERO);
    let block = at.1.get(100_000);
    free_now(at, block);
    at.1.sweep(1, true);
    assert_eq!((at.1.is_quarantined(), at.1.0.hold().pool.committed), (false, 0));
    let block = at.1.get(100_000);
    free_now(at, block);
    write(block, 9, 9);
    at.1.sweep(2, true);
    assert!(at.1.is_quarantined());
}

#[test]
fn an_overflow_into_freed_memory_is_told_from_a_use_after_free() {
    let at = leaked(Rules { fill: true, ..ZERO });
    let blocks: Vec<_> = (0..3).map(|_| at.1.get(30_000)).collect();
    free_now(at, blocks[1]);
    (30_000..30_100).for_each(|offset| write(blocks[0], offset, 0x41));
    let Err(Refusal::Written(found)) = at.1.allocate(30_000, 16, false) else { panic!() };
    let fault = at.1.0.hold().found_written(found);
    assert_eq!(fault.violation, Violation::HeapBufferOverflow);
    assert_eq!((fault.address, fault.damage.unwrap().offset), (blocks[0].addr(), 30_000));
}

#[test]
fn the_heap_check_finds_writes_to_freed_and_to_waiting_blocks() {
    let at = leaked(ZERO);
    let blocks: Vec<_> = (0..3).map(|_| at.1.get(30_000)).collect();
    free_now(at, blocks[1]);
    assert!(at.1.0.hold().examine(0).is_none());
    write(blocks[1], 20_000, 1);
    let (fault, _) = at.1.0.hold().examine(0).unwrap();
    assert_eq!((fault.violation, fault.damage.unwrap().offset), (Violation::UseAfterFree, 20_000));
    assert!(at.1.0.hold().examine(0).is_none(), "once");

    let (queue, pool) = leaked(ZERO);
    let blocks: Vec<_> = (0..3).map(|_| pool.get(30_000)).collect();
    blocks.iter().for_each(|&block| assert!(free_to(queue, pool, block, 1 << 20)));
    assert_eq!((queue.check(false), pool.is_quarantined()), (0, false));
    write(blocks[1], 20_000, 1);
    assert_eq!((queue.check(false), pool.is_quarantined()), (1, true));
    assert_eq!(queue.check(false), 0, "once");
}

#[test]
fn freed_blocks_wait_in_order_and_not_too_many_of_them() {
    let (queue, pool) = leaked(ZERO);
    let blocks: Vec<_> = (0..8).map(|_| pool.get(30_000)).collect();
    let bound = 4 * 30_032;
    let frees = || pool.0.counters.frees.get();
    for (at, &block) in blocks[..4].iter().enumerate() {
        assert!(free_to(queue, pool, block, bound));
        assert_eq!(frees(), at as u64 + 1, "a waiting block counts as freed");
        assert!(filled(bytes(block, 30_000), 0));
    }
    let next = pool.get(30_000);
    assert!(next > blocks[7], "none of them is free yet");
    assert!(free_to(queue, pool, blocks[4], bound));
    assert_eq!(pool.get(30_000), blocks[0], "the oldest goes first");
    let fault = pool.free(blocks[4]).unwrap_err();
    assert_eq!((fault.violation, fault.size), (Violation::DoubleFree, Some(30_000)));
    queue.empty();
    assert_eq!(pool.0.counters.coalesces.get(), 0, "quarantined");
    assert_eq!(frees(), 5);
}

#[test]
fn a_write_to_a_waiting_block_is_found_at_the_latest_when_it_leaves() {
    for offset in [0, 29_999, -1] {
        let (queue, pool) = leaked(ZERO);
        let blocks: Vec<_> = (0..2).map(|_| pool.get(30_000)).collect();
        assert!(free_to(queue, pool, blocks[0], 1 << 20));
        flip(blocks[0], offset);
        let before = violations();
        queue.empty();
        assert!(violations() > before);
        assert!(pool.is_quarantined(), "offset {offset}");
    }
}

#[test]
fn a_patrol_finds_a_write_to_the_newest_waiting_block() {
    let (queue, pool) = leaked(ZERO);
    let blocks: Vec<_> = (0..2).map(|_| pool.get(30_000)).collect();
    blocks.iter().for_each(|&block| assert!(free_to(queue, pool, block, 1 << 20)));
    queue.patrol();
    assert!(!pool.is_quarantined());
    write(blocks[1], 100, 1);
    queue.patrol();
    assert!(pool.is_quarantined());
}

#[test]
fn a_patrol_finds_a_write_to_the_end_of_a_block_that_is_much_longer() {
    let (queue, pool) = leaked(ZERO);
    // Too little is left behind the second block: it has it as slack.
    let (first, _second) = (pool.get(24_000), pool.get(20_000));
    free_now((queue, pool), first);
    assert_eq!(pool.get(20_000), first);
    assert!(free_to(queue, pool, first, 1 << 20));
    write(first, 19_999, 1);
    queue.patrol();
    assert!(pool.is_quarantined());
}

#[test]
fn a_patrol_finds_an_overflow_of_the_block_made_last() {
    let pool = with(FILL);
    let block = pool.get(30_000);
    let user = block.addr() - pool.base();
    assert!(pool.0.hold().look_around(user).is_none());
    write(block, 30_001, 0);
    let fault = pool.0.hold().look_around(user).unwrap();
    assert_eq!(fault.violation, Violation::HeapBufferOverflow);
    assert_eq!(fault.damage.unwrap().offset, 30_001);
    assert!(pool.0.hold().look_around(user).is_none(), "once");
}

#[test]
fn a_patrol_finds_a_damaged_header_of_the_block_made_last() {
    for rules in [FILL, ZERO] {
        let pool = with(rules);
        let block = pool.get(30_000);
        let user = block.addr() - pool.base();
        write(block, -1, 0x5A);
        let fault = pool.0.hold().look_around(user).unwrap();
        assert_eq!(fault.violation, Violation::HeapBufferUnderflow);
        assert!(pool.0.hold().look_around(user).is_none(), "once");
    }
}

#[test]
fn all_bytes_behind_a_block_are_canary() {
    // Too little is left behind the second block: it has it as slack.
    let slack = 4000;
    for offset in [20_000, 20_007, 20_008, 20_500, 20_000 + slack - 1] {
        let pool = with(FILL);
        let (first, second) = (pool.get(20_016 + slack), pool.get(20_000));
        pool.free(first).unwrap();
        let block = pool.get(20_000);
        assert_eq!(block, first);
        assert_eq!(second.addr() - block.addr(), 20_016 + slack + 32);
        assert_eq!(pool.resize(block, 20_010).unwrap(), None);
        assert!(filled(bytes(block.wrapping_add(20_000), 8), 0), "a canary is not handed out");
        assert_eq!(pool.resize(block, 20_000).unwrap(), None);
        // Far behind the block lie zeros.
        write(block, offset as isize, if offset < 20_240 { 0 } else { 0x41 });
        let fault = pool.resize(block, 20_001).unwrap_err();
        assert_eq!(fault.damage.unwrap().offset, offset);
        assert!(pool.0.hold().examine(0).is_some(), "at a heap check");
        let fault = pool.free(block).unwrap_err();
        assert_eq!(fault.damage.unwrap().offset, offset);
    }
}

#[test]
fn what_an_aligned_block_leaves_to_the_one_before_is_canary_too() {
    let at = leaked(Rules { fill: true, ..ZERO });
    let first = at.1.get(20_000);
    let aligned = at.1.allocate(20_000, 1 << 12, false).unwrap();
    let gap = aligned.addr() - HEADER - (first.addr() + 20_000);
    assert!(gap > 16, "{gap}");
    write(first, 20_000 + gap as isize - 1, 0x41);
    assert_eq!(at.1.free(first).unwrap_err().damage.unwrap().offset, 20_000 + gap - 1);

    // While it waits as well.
    let (queue, pool) = leaked(Rules { fill: true, ..ZERO });
    let first = pool.get(20_000);
    assert!(free_to(queue, pool, first, 1 << 20));
    pool.allocate(20_000, 1 << 12, false).unwrap();
    queue.empty();
    assert!(!pool.is_quarantined());
    assert!(filled(bytes(pool.allocate(20_000, 16, true).unwrap(), 20_000), 0));
}

#[test]
fn where_a_block_lies_cannot_be_foretold() {
    let places: Vec<_> = (0..20)
        .map(|_| {
            let pool = with(LOTS);
            let blocks: Vec<_> = (0..40).map(|_| pool.get(20_000)).collect();
            blocks.iter().step_by(2).for_each(|&block| pool.free(block).unwrap());
            let place = pool.get(20_000);
            assert!(Some(&place) <= blocks.iter().max(), "a hole, and not the pool's end");
            place.addr() - pool.base()
        })
        .collect();
    let mut different = places.clone();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 5, "{places:?}");
}

#[test]
fn new_blocks_do_not_lie_side_by_side() {
    let pool = with(LOTS);
    let blocks: Vec<_> = (0..400).map(|_| pool.get(20_000).addr()).collect();
    let beside = blocks.windows(2).filter(|two| two[0].abs_diff(two[1]) < 25_000).count();
    assert!(beside < 250, "{beside} of 400 are neighbours of the one before");
    // Nothing is left between them for long: they fill what the pool has grown by.
    let (first, last) = (blocks.iter().min().unwrap(), blocks.iter().max().unwrap());
    assert!(last - first < 400 * 20_000 + (10 << 20), "{}", last - first);
}

#[test]
fn a_random_life_in_a_hardened_pool_has_no_false_alarm() {
    let (queue, pool) = leaked(Rules { fill: true, lots: true, ..ZERO });
    let mut random = Random::new();
    let mut live: Vec<(*mut u8, usize, u8)> = Vec::new();
    for step in 0..4000 {
        let (what, size) = (random.below(100), 16_377 + random.below(60_000));
        if what < 45 || live.is_empty() {
            let align = if what < 10 { PAGE } else { 16 };
            let Ok(block) = pool.allocate(size, align, what % 2 == 0) else { continue };
            assert!(what % 2 == 1 || filled(bytes(block, size), 0), "{random}");
            bytes(block, size).fill(step as u8 | 1);
            live.push((block, size, step as u8 | 1));
            continue;
        }
        let place = random.below(live.len());
        let (block, old, value) = live[place];
        assert!(filled(bytes(block, old.min(size)), value), "{random}");
        if what < 60 {
            if pool.resize(block, size).unwrap().is_none() {
                bytes(block, size).fill(value);
                live[place].1 = size;
            }
        } else if what < 97 {
            live.swap_remove(place);
            assert!(free_to(queue, pool, block, 300_000), "{random}");
        } else {
            pool.sweep(step, what == 98);
            assert_eq!(queue.check(true), 0, "{random}");
        }
        assert!(!pool.is_quarantined(), "{random}");
    }
    assert!(pool.0.hold().examine(0).is_none(), "{random}");
}
