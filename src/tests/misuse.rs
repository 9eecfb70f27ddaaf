//! What a program should not do, where it shows in no other way than inside.

use core::alloc::{GlobalAlloc, Layout};
use core::slice;

use crate::Dam;
use crate::bits::Kind;
use crate::guard::Operation;
use crate::heap::{self, emergency, inspect};
use crate::small::judge::{self, Released, Sound};
use crate::small::record::{self, Record};
use crate::small::{class, window};
use crate::space;
use crate::sync::atomic::Ordering::Relaxed;

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
