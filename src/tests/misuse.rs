//! What a program should not do, where it shows in no other way than inside.

use core::alloc::{GlobalAlloc, Layout};
use core::slice;

use crate::Dam;
use crate::bits::Kind;
use crate::guard::{Operation, canary};
use crate::heap::{self, emergency, inspect};
use crate::small::judge::{self, Released, Sound};
use crate::small::pool::State;
use crate::small::record::{self, Record};
use crate::small::refill::From;
use crate::small::{cache, class, quarantine, take, window};
use crate::space;
use crate::sync::atomic::Ordering::Relaxed;
use crate::thread;

use super::alone::{alone, alone_with_reports};

/// A small block, what the slow path finds it to be, and its record.
fn examined(size: usize, marked: bool) -> (*mut u8, usize, Sound, &'static Record) {
    let block = heap::allocate(size, Kind::Malloc);
    let class = space::window_of(block.addr());
    let window = window::of(class);
    let index = (block.addr() - window.base()) / class::SLOT[class] as usize;
    let record = window.record(index as u32);
    if marked {
        record.store(record::quarantined(record.load(Relaxed)), Relaxed);
    }
    // SAFETY: HEAP-1: a live block.
    let sound = unsafe { judge::examine(class, block, Operation::Free) }.expect("a sound block");
    (block, class, sound, record)
}

#[test]
fn the_mark_of_quarantine_may_come_and_go_while_a_block_is_freed() {
    alone("tests::misuse::the_mark_of_quarantine_may_come_and_go_while_a_block_is_freed", || {
        for (first, then, outcome) in [
            (false, true, Released::Dead),
            (true, false, Released::Free),
            (true, true, Released::Dead),
        ] {
            let (_, class, sound, record) = examined(100, first);
            let live = record::live(100, Kind::Malloc);
            record.store(if then { record::quarantined(live) } else { live }, Relaxed);
            // The slot stays out of use: what is left of it is for the pool to count.
            assert_eq!(judge::release(class, sound), outcome, "marked {first}, then {then}");
        }
    });
}

#[test]
fn a_block_that_another_thread_freed_meanwhile_was_freed_twice() {
    alone("tests::misuse::a_block_that_another_thread_freed_meanwhile_was_freed_twice", || {
        let others = [0, record::QUARANTINED, record::live(99, Kind::Malloc)];
        for now in others.into_iter().chain([record::live(100, Kind::New)]) {
            let (block, class, sound, record) = examined(100, false);
            record.store(now, Relaxed);
            assert_eq!(judge::release(class, sound), Released::Twice, "record {now:#x}");
            assert_eq!(record.load(Relaxed), now);
            record.store(record::live(100, Kind::Malloc), Relaxed);
            // SAFETY: ABI-1: live again.
            unsafe { heap::free(block, Kind::Malloc, None) };
        }
    });
}

#[test]
fn a_damaged_block_is_not_taken_over_by_a_realloc_with_alignment() {
    alone_with_reports(
        "tests::misuse::a_damaged_block_is_not_taken_over_by_a_realloc_with_alignment",
        3,
        || {
            for size in [100, 20_000, 9 << 20] {
                let layout = Layout::from_size_align(size, 64).unwrap();
                // SAFETY: ABI-1, but for the byte behind the block, which is the allocator's.
                unsafe {
                    let block = Dam.alloc(layout);
                    block.write_bytes(7, size);
                    *block.add(size) ^= 1;
                    assert!(Dam.realloc(block, layout, 3 * size).is_null());
                    *block.add(size) ^= 1;
                    assert!(slice::from_raw_parts(block, size).iter().all(|&byte| byte == 7));
                    Dam.dealloc(block, layout);
                }
            }
        },
    );
}

#[test]
fn blocks_with_alignment_keep_it_and_their_bytes_through_realloc() {
    alone("tests::misuse::blocks_with_alignment_keep_it_and_their_bytes_through_realloc", || {
        for align in [32, 64, 4096, 1 << 14, 2 << 20] {
            let mut layout = Layout::from_size_align(10, align).unwrap();
            // SAFETY: ABI-1.
            let mut block = unsafe { Dam.alloc(layout) };
            for size in [20, 60, 1000, 900, 30_000, 29_000, 2 << 20, 9 << 20, 40 << 20, 9 << 20, 5]
            {
                let kept = size.min(layout.size());
                // SAFETY: ABI-1.
                unsafe {
                    block.write_bytes(size as u8, layout.size());
                    block = Dam.realloc(block, layout, size);
                    assert!(block.addr().is_multiple_of(align), "{size} bytes at {align}");
                    let kept = slice::from_raw_parts(block, kept);
                    assert!(kept.iter().all(|&byte| byte == size as u8));
                }
                layout = Layout::from_size_align(size, align).unwrap();
            }
            // SAFETY: ABI-1.
            unsafe { Dam.dealloc(block, layout) };
        }
    });
}

#[test]
fn blocks_of_signal_handlers_are_in_the_figures() {
    alone("tests::misuse::blocks_of_signal_handlers_are_in_the_figures", || {
        let before = inspect::statistics();
        let block = emergency::allocate(1000, 64).unwrap().as_ptr();
        let during = inspect::statistics();
        assert_eq!(during.live_blocks, before.live_blocks + 1);
        assert_eq!(during.requested_bytes, before.requested_bytes + 1000);
        assert!(during.live_bytes >= before.live_bytes + 1000);
        assert!(during.committed_bytes >= before.committed_bytes + 1000);
        assert!(emergency::relabel(block, 300));
        assert_eq!(emergency::usable_size(block, Operation::UsableSize), Some(300));
        assert_eq!(inspect::statistics().requested_bytes, before.requested_bytes + 300);
        emergency::free(block, Operation::Free);
        assert!(!emergency::relabel(block, 200));
        assert_eq!(inspect::statistics().live_bytes, before.live_bytes);
    });
}

#[test]
fn a_pool_in_quarantine_has_no_free_slot() {
    alone("tests::misuse::a_pool_in_quarantine_has_no_free_slot", || {
        for (size, flushed) in [(100, true), (200, false)] {
            let (_, class, sound, record) = examined(size, false);
            let number = sound.index >> class::POOL_LOG2[class];
            quarantine::quarantine(class, number);
            // The slots that this thread holds go back, or it asks for others.
            match flushed {
                true => _ = inspect::trim(),
                false => (0..200).for_each(|_| _ = heap::allocate(size, Kind::Malloc)),
            }
            let pool = window::of(class).pool(class, number);
            // SAFETY: SMALL-5: descriptors live for ever.
            let mut inner = unsafe { pool.as_ref() }.inner.lock();
            assert_eq!(inner.state, State::Quarantined);
            assert!((0..class::pool_slots(class)).all(|slot| !inner.is_free(slot)));
            assert_eq!((inner.free, inner.lowest(usize::MAX)), (0, None));
            assert_eq!(record::kind(record.load(Relaxed)), None);
        }
    });
}

#[test]
fn behind_an_overflow_into_free_slots_nothing_is_taken() {
    alone("tests::misuse::behind_an_overflow_into_free_slots_nothing_is_taken", || {
        let blocks: [*mut u8; 40] = core::array::from_fn(|_| heap::allocate(100, Kind::Malloc));
        let class = space::window_of(blocks[0].addr());
        let slot = class::SLOT[class] as usize;
        assert_eq!(blocks[10].addr(), blocks[9].addr() + slot);
        for &block in &blocks[10..30] {
            // SAFETY: ABI-1.
            unsafe { heap::free(block, Kind::Malloc, None) };
        }
        inspect::trim();
        // SAFETY: SMALL-4: the word in front of a free slot ends the live one before it.
        unsafe { blocks[10].sub(8).write_bytes(1, 8) };
        let pool = window::of(class).pool(class, 0);
        // SAFETY: SMALL-5: descriptors live for ever.
        let mut inner = unsafe { pool.as_ref() }.inner.lock();
        let taken = take::some(&mut inner, &mut [0; 20], From::Idle);
        assert!(taken.fault.is_some());
        assert_eq!((taken.slots, inner.state), (1, State::Quarantined));
    });
}

/// Puts a slot into this thread's stock, as a free of its block does.
fn push(class: usize, index: u32) {
    let session = thread::enter().unwrap();
    // SAFETY: SMALL-6: the session's state is this thread's, and its stocks are not full.
    unsafe { cache::push(&raw mut (*session.state()).bins[class], index) };
}

#[test]
fn a_slot_that_comes_home_twice_is_reported_and_not_used_again() {
    alone_with_reports(
        "tests::misuse::a_slot_that_comes_home_twice_is_reported_and_not_used_again",
        1,
        || {
            let (block, class, sound, _) = examined(100, false);
            // SAFETY: ABI-1.
            unsafe { heap::free(block, Kind::Malloc, None) };
            push(class, sound.index); // What another free of it at the same moment leaves behind.
            inspect::trim();
            assert_eq!(inspect::statistics().pools_quarantined, 1);
            assert!((0..5000).all(|_| heap::allocate(100, Kind::Malloc) != block));
        },
    );
}

// With the audit the contradiction that is made here ends the process by itself.
#[cfg(not(feature = "audit"))]
#[test]
fn a_slot_that_comes_home_while_it_is_live_stays_where_it_is() {
    alone("tests::misuse::a_slot_that_comes_home_while_it_is_live_stays_where_it_is", || {
        let (block, class, sound, record) = examined(100, false);
        // What one of two frees at the same moment left behind, when the other's slot is in use.
        push(class, sound.index);
        inspect::trim();
        assert!((0..5000).all(|_| heap::allocate(100, Kind::Malloc) != block));
        assert_eq!(record.load(Relaxed), record::live(100, Kind::Malloc));
    });
}

#[test]
fn no_byte_of_the_canary_is_zero() {
    alone("tests::misuse::no_byte_of_the_canary_is_zero", || {
        for random in [0, 1, 0xff00_ff00_ff00_ff00, 0x00ff_00ff_00ff_00ff, u64::MAX] {
            canary::set_key(random); // GUARD-1: there is no block in this process.
            assert!(canary::KEY.load(Relaxed).to_le_bytes().iter().all(|&byte| byte != 0));
        }
    });
}

#[test]
fn blocks_of_signal_handlers_are_watched_like_others() {
    alone_with_reports(
        "tests::misuse::blocks_of_signal_handlers_are_watched_like_others",
        9,
        || {
            let before = inspect::statistics();
            let blocks = [100, 1000].map(|size| emergency::allocate(size, 64).unwrap().as_ptr());
            emergency::free(blocks[0], Operation::Free);
            for found in 1..=3 {
                emergency::free(blocks[0], Operation::Free);
                assert_eq!(emergency::usable_size(blocks[0], Operation::UsableSize), None);
                assert_eq!(inspect::statistics().violations, 2 * found);
            }
            // Inside a block, beyond all of them, and among bytes that are none of a header.
            let wrong = [blocks[1].wrapping_add(16), blocks[1].wrapping_add(1 << 20)];
            for block in wrong.into_iter().chain([blocks[1].wrapping_sub(32)]) {
                // SAFETY: ABI-1, but for the address, which is no block's.
                unsafe { heap::free(block, Kind::Malloc, None) };
            }
            assert_eq!(emergency::usable_size(blocks[1], Operation::UsableSize), Some(1000));
            // SAFETY: ABI-1.
            unsafe { heap::free(blocks[1], Kind::Malloc, None) };
            assert_eq!(inspect::statistics().live_blocks, before.live_blocks);
            assert_eq!(inspect::statistics().requested_bytes, before.requested_bytes);
        },
    );
}
