//! A thread's store: what it takes, what it leaves to the slow path, and what it hands out.

use std::vec::Vec;

use super::whole::{give, take, whole};
use super::*;
use crate::config::limits::{STORE_BUSY, STORE_DEPTH, STORE_LOOK_MS, STORE_MOST, STORE_PAGES};
use crate::guard::violation;
use crate::middle::header::HEADER;
use crate::middle::marks::Mark;
use crate::middle::store::{self, Counters};

/// With its header and canary in the middle of a page: what is a little longer or shorter has as many.
const SIZE: usize = 67_500;

/// A store as a busy thread has it; what is left in it goes to the pools at the end.
struct Busy(Box<Store>);

impl Busy {
    fn new() -> Self {
        let mut busy = Self(Box::new(Store::EMPTY));
        busy.look(1000, 1_000_000);
        busy
    }

    /// After so many blocks found no place, a look so many milliseconds after the clock began.
    fn look(&mut self, now_ms: u32, misses: u32) {
        let block = take(SIZE, 0);
        // SAFETY: STORE-1: a store of our own.
        unsafe {
            (0..misses.min(100_000)).for_each(|_| store::miss(&mut *self.0));
            store::look(&mut *self.0, now_ms, STORE_MOST);
        }
        assert!(give(block));
    }

    fn put_as(&mut self, block: *mut u8, claim: Claim) -> bool {
        // SAFETY: STORE-1: as above.
        unsafe { store::put(&mut *self.0, block, &claim) }
    }

    fn put(&mut self, block: *mut u8) -> bool {
        self.put_as(block, claim())
    }

    fn take_at(&mut self, size: usize, align: usize) -> Option<*mut u8> {
        // SAFETY: STORE-1: as above.
        unsafe { store::take(&mut *self.0, size, align, Kind::Malloc) }.map(NonNull::as_ptr)
    }

    fn take(&mut self, size: usize) -> Option<*mut u8> {
        self.take_at(size, 16)
    }

    fn resize(&mut self, block: *mut u8, size: usize) -> bool {
        // SAFETY: STORE-1: as above.
        unsafe { store::resize(&mut *self.0, block, size) }
    }

    fn counters(&self) -> Counters {
        // SAFETY: STORE-1: as above.
        unsafe { store::counters(&*self.0) }
    }

    /// How many blocks it gives up by this.
    fn given_up(&mut self, work: impl FnOnce(&mut Self)) -> u64 {
        let before = self.counters().given_up;
        work(self);
        self.counters().given_up - before
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        // SAFETY: STORE-1: as above.
        unsafe { store::close(&mut *self.0) };
    }
}

/// The pool and the mark of a block.
fn mark_of(block: *mut u8) -> (&'static PoolCell, usize, Mark) {
    let (cell, user) = pools::find(block.addr()).unwrap();
    (cell, user - HEADER, cell.front.marks.at(user - HEADER))
}

/// Whether a violation is reported meanwhile.
fn reported(work: impl FnOnce()) -> bool {
    let before = violation::count();
    work();
    violation::count() == before + 1
}

#[test]
fn the_last_one_put_is_taken_first_and_made_new() {
    let _whole = whole();
    let (mut store, before) = (Busy::new(), stats());
    let (first, second) = (take(SIZE, 0), take(SIZE - 5, 0));
    assert!(store.put(first) && store.put(second));
    assert_eq!(store::size_of_live(second), None);
    assert_eq!(store.take(SIZE - 100), Some(second));
    assert_eq!(store::size_of_live(second), Some(SIZE - 100));
    assert!(store.resize(second, SIZE - 6));
    assert_eq!(store::size_of_live(second), Some(SIZE - 6));
    assert!(!store.resize(second, SIZE + 4096) && !store.resize(second, SIZE - 8192));
    assert_eq!(store.take(SIZE), Some(first));
    assert_eq!(store.take(SIZE), None);
    assert!(give(second) && give(first));
    let mut after = Stats::begin();
    after.add_store(&store.counters());
    after.finish();
    assert_eq!((after.live, after.live_bytes), (before.live, before.live_bytes));
    assert_eq!(after.requested_bytes, before.requested_bytes);
    assert_eq!((after.allocations - before.allocations, after.frees - before.frees), (4, 4));
}

#[test]
fn a_store_out_of_use_takes_nothing() {
    let _whole = whole();
    let mut store = Busy(Box::new(Store::EMPTY));
    let block = take(SIZE, 0);
    assert!(!store.put(block) && !store.resize(block, SIZE - 1));
    assert_eq!(store.take(SIZE), None);
    assert_eq!(store.counters().frees, 0);
    assert!(give(block));
}

#[test]
fn length_depth_and_bytes_are_bounded() {
    let _whole = whole();
    let mut store = Busy::new();
    let long = take(STORE_PAGES * 4096, 0);
    assert!(!store.put(long));
    assert!(give(long));
    let blocks: Vec<_> = (0..=STORE_DEPTH).map(|_| take(SIZE, 0)).collect();
    assert_eq!(blocks.iter().filter(|&&block| store.put(block)).count(), STORE_DEPTH);
    assert!(give(blocks[STORE_DEPTH]));
    let larger: Vec<_> = (0..8).map(|_| take(200_000, 0)).collect();
    let kept = larger.iter().filter(|&&block| store.put(block)).count();
    assert_eq!(kept, (STORE_MOST - STORE_DEPTH * (SIZE + 32)) / 200_032);
    larger[kept..].iter().for_each(|&block| assert!(give(block)));
}

#[test]
fn a_block_in_a_store_is_freed_twice_only_with_a_report() {
    let _whole = whole();
    for way in 0..4 {
        let mut store = Busy::new();
        let (block, other) = (take(SIZE, 0), take(SIZE, 0));
        assert!(store.put(block) && store.put(other));
        assert!(!store.put(block), "the store refuses it");
        assert!(!store.resize(block, SIZE - 1));
        // SAFETY: MIDDLE-6: any pointer is allowed.
        assert!(reported(|| unsafe {
            match way {
                0 => assert!(!give(block)),
                1 => assert_eq!(resize(block, 2 * SIZE, 0), Resize::Refused),
                2 => assert_eq!(usable_size(block, Operation::UsableSize), None),
                _ => assert!(!relabel(block, 100)),
            }
        }));
        assert_eq!((store.take(SIZE), store.take_at(SIZE, 4096)), (None, None), "quarantine");
        assert_eq!(store.given_up(|store| store.look(2000, 0)), 2);
        assert_eq!(check(true), 0);
    }
}

#[test]
fn what_is_wrong_is_left_to_the_slow_path() {
    let _whole = whole();
    let wrong_size = Claim { size: Some(SIZE - 1), ..claim() };
    let wrong_kind = Claim { kind: Some(Kind::NewArray), ..claim() };
    // In front: each part of the header; behind: each byte of the canary.
    let damage = [-1isize, -8, -9, -10, -11, -12, -16, 0, 3, 7];
    for offset in damage {
        let mut store = Busy::new();
        let block = take(SIZE, 0);
        let at = if offset < 0 { offset } else { SIZE as isize + offset };
        flip(block, at);
        assert!(!store.put(block) && !store.resize(block, SIZE - 1));
        assert_eq!(store::size_of_live(block), None);
        let (_, start, mark) = mark_of(block);
        assert_eq!(mark.state_at(start), marks::State::Live, "it stays the program's");
        assert!(reported(|| assert!(!give(block))), "at {offset}");
        if offset < 0 {
            // It is still there; other tests count what is.
            flip(block, at);
            assert!(give(block));
        }
    }
    let mut store = Busy::new();
    let blocks = [take(SIZE, 0), take(SIZE, 0)];
    assert!(!store.put_as(blocks[0], wrong_size) && !store.put_as(blocks[1], wrong_kind));
    assert!([8, 16, 4096].iter().all(|&offset| !store.put(blocks[0].wrapping_add(offset))));
    assert!(!store.put(blocks[0].wrapping_sub(16)));
    assert!(store.put(blocks[0]) && store.put(blocks[1]));
    assert!([8, 16, 4096].iter().all(|&offset| !store.put(blocks[0].wrapping_add(offset))));
}

#[test]
fn an_entry_that_is_another_blocks_by_now_is_not_followed() {
    let _whole = whole();
    let mut store = Busy::new();
    let block = take(SIZE, 0);
    assert!(store.put(block));
    // The block's next life, in which somebody else has taken it.
    let (cell, start, mark) = mark_of(block);
    cell.front.marks.give(start, mark.length());
    let (.., mark) = mark_of(block);
    assert!(cell.front.marks.take(start, mark));
    assert_eq!(store.take(SIZE), None);
    assert_eq!(store.given_up(|store| store.look(2000, 0)), 0);
    cell.front.marks.give(start, mark.length());
    assert!(give(block));
}

#[test]
fn alignment_decides_which_one_fits() {
    let _whole = whole();
    let mut store = Busy::new();
    let spacer = take(5000, 0);
    // SAFETY: MIDDLE-1: `whole` has been called.
    let aligned = unsafe { allocate(SIZE, 8192, Kind::Malloc, 0) }.unwrap().as_ptr();
    let plain: Vec<_> =
        (0..2).map(|_| take(SIZE, 0)).filter(|b| !b.addr().is_multiple_of(8192)).collect();
    assert!(store.put(aligned) && plain.iter().all(|&block| store.put(block)));
    assert_eq!(store.take_at(SIZE, 8192), Some(aligned));
    assert_eq!(store.take_at(SIZE, 8192), None);
    assert!(give(aligned) && give(spacer));
}

#[test]
fn only_the_busy_keep_a_store_and_what_lies_idle_goes() {
    let _whole = whole();
    let mut store = Busy(Box::new(Store::EMPTY));
    let refuses = |store: &mut Busy| {
        let block = take(SIZE, 0);
        let refused = !store.put(block);
        assert!(refused && give(block));
    };
    let enough = STORE_LOOK_MS * STORE_BUSY as u32;
    store.look(1000, 0);
    store.look(1000 + STORE_LOOK_MS, enough - 1);
    refuses(&mut store);
    store.look(999 + 2 * STORE_LOOK_MS, enough);
    refuses(&mut store);
    store.look(1000 + 2 * STORE_LOOK_MS, 0);
    let blocks: Vec<_> = (0..4).map(|_| take(SIZE, 0)).collect();
    assert!(blocks.iter().all(|&block| store.put(block)));
    // Three of them lie there from one look to the next; the fourth goes and comes.
    store.look(1000 + 3 * STORE_LOOK_MS, enough);
    assert_eq!(store.take(SIZE), Some(blocks[3]));
    assert!(store.put(blocks[3]));
    assert_eq!(store.given_up(|store| store.look(1000 + 4 * STORE_LOOK_MS, enough)), 3);
    assert_eq!(store.given_up(|store| store.look(1000 + 5 * STORE_LOOK_MS, enough - 1)), 1);
    refuses(&mut store);
    assert_eq!(check(true), 0);
}

#[test]
fn what_is_forgotten_is_lost_and_counted() {
    let _whole = whole();
    let mut store = Busy::new();
    let blocks: Vec<_> = (0..3).map(|_| take(SIZE, 0)).collect();
    assert!(blocks.iter().all(|&block| store.put(block)));
    // SAFETY: STORE-1: a store of our own.
    assert_eq!(unsafe { store::forget(&mut *store.0) }, 3);
    assert_eq!(store.take(SIZE), None);
    assert_eq!(store.given_up(|store| store.look(2000, 0)), 0);
    assert!(reported(|| assert!(!give(blocks[0]))));
    // What other tests count must not miss them.
    for block in blocks {
        let (cell, start, mark) = mark_of(block);
        cell.front.marks.give(start, mark.length());
        assert!(give(block));
    }
}

#[test]
fn the_heap_check_finds_nothing_while_blocks_change_hands() {
    let _whole = whole();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let mut store = Busy::new();
            let (mut block, mut random) = (take(SIZE + 1900, 0), Random::new());
            for _ in 0..300_000 {
                // One in so many is to take the slow path.
                assert!(store.put(block) || store.put(block));
                let sizes = [SIZE + random.below(1900), SIZE + random.below(1900)];
                block = store.take(sizes[0]).unwrap();
                // Where the canary of the life before was.
                bytes(block, sizes[0])[SIZE..].fill(0);
                assert!(store.resize(block, sizes[1]));
                bytes(block, sizes[1])[SIZE..].fill(0);
            }
            assert!(give(block));
        });
        while !worker.is_finished() {
            // The part of the check that looks at blocks, and nothing else, so that the two meet often.
            assert!(pools::all().all(|cell| cell.hold().examine(0).is_none()));
        }
    });
}
