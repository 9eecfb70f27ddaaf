//! `middle::marks`: a block that is freed twice is taken once, whoever frees it how; who has it is alone
//! with it and sees what was done to it before; and who looks at a block without having it knows
//! afterwards whether what he saw belonged together.
//!
//! Planted and seen to fail: `take` that loads, compares and stores (both); `give` relaxed; a generation
//! that stays the same in `give`; no fence in `before_writing`, none in `is_still`; an `is_still` that
//! always agrees (loom).

use std::boxed::Box;
use std::sync::Arc;
use std::vec;

use crate::middle::marks::{Mark, Marks, State};
use crate::models::explore::{Plain, explore, together};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

const START: usize = 4096 + 48;
const LENGTH: usize = 65_568;

/// A pool with one block, its header and its canary.
struct Pool {
    lock: Lock<()>,
    marks: Marks,
    header: AtomicU64,
    canary: AtomicU64,
    /// What only who has the block may touch.
    inside: Arc<Plain>,
    /// How often it was taken, by the life it had then.
    takers: [AtomicU64; 4],
}

impl Pool {
    /// With a block of the program's.
    fn new() -> Arc<Self> {
        let pool = Arc::new(Self {
            lock: Lock::new(()),
            marks: Marks::new(),
            header: AtomicU64::new(0),
            canary: AtomicU64::new(0),
            inside: Plain::new(),
            takers: core::array::from_fn(|_| AtomicU64::new(0)),
        });
        pool.marks.give(START, LENGTH);
        pool
    }

    /// Takes the block, if it still is what it was when it was looked at.
    fn take(&self, seen: Mark) -> bool {
        let done = seen.state_at(START) == State::Live && self.marks.take(START, seen);
        if done {
            self.inside.increment();
            self.takers[seen.generation() as usize].fetch_add(1, Relaxed);
        }
        done
    }

    /// A free into a thread's store.
    fn put(&self) -> bool {
        self.take(self.marks.at(START))
    }

    /// A free that goes to the pool.
    fn free(&self) {
        let _guard = self.lock.lock();
        if self.take(self.marks.at(START)) {
            self.marks.end(START);
        }
    }

    /// The block's next life, out of a store.
    fn hand_out(&self, life: u64) {
        self.inside.increment();
        Marks::before_writing();
        self.header.store(life, Relaxed);
        self.canary.store(life, Relaxed);
        self.marks.give(START, LENGTH);
    }

    /// What the heap check makes of the block.
    fn check(&self) {
        let mark = self.marks.at(START);
        if mark.state_at(START) != State::Live {
            return;
        }
        let (header, canary) = (self.header.load(Relaxed), self.canary.load(Relaxed));
        if self.marks.is_still(START, mark) {
            assert_eq!(header, canary, "a sound block looks damaged");
        }
    }

    fn taken(&self, life: usize) -> u64 {
        self.takers[life].load(Relaxed)
    }
}

#[test]
fn of_two_threads_that_free_a_block_one_takes_it() {
    explore(6, 4_000, || {
        let pool = Pool::new();
        let (first, second) = (pool.clone(), pool.clone());
        together(vec![
            Box::new(move || {
                first.put();
            }),
            Box::new(move || {
                second.put();
            }),
        ]);
        assert_eq!((pool.taken(1), pool.inside.get()), (1, 1));
        assert_eq!(pool.marks.at(START).state_at(START), State::Taken);
    });
}

#[test]
fn a_free_into_a_store_and_one_to_the_pool_do_not_both_count() {
    explore(4, 4_000, || {
        let pool = Pool::new();
        let (stored, freed, also) = (pool.clone(), pool.clone(), pool.clone());
        together(vec![
            Box::new(move || {
                stored.put();
            }),
            Box::new(move || freed.free()),
            Box::new(move || also.free()),
        ]);
        assert_eq!((pool.taken(1), pool.inside.get()), (1, 1));
        let mark = pool.marks.at(START);
        assert_ne!(mark.state_at(START), State::Live);
        assert_eq!((mark.start(), mark.length()), (START % 4096, LENGTH));
    });
}

#[test]
fn who_looked_at_a_block_does_not_take_its_next_life() {
    explore(5, 4_000, || {
        let pool = Pool::new();
        let (late, mine) = (pool.clone(), pool.clone());
        let seen = pool.marks.at(START);
        together(vec![
            Box::new(move || {
                late.take(seen);
            }),
            Box::new(move || {
                if mine.put() {
                    mine.hand_out(7);
                }
            }),
        ]);
        assert_eq!((pool.taken(1), pool.taken(2)), (1, 0));
    });
}

#[test]
fn the_heap_check_finds_no_damage_where_blocks_change_hands() {
    explore(3, 6_000, || {
        let pool = Pool::new();
        let (owner, checker) = (pool.clone(), pool.clone());
        together(vec![
            Box::new(move || {
                for life in 1..3 {
                    assert!(owner.put());
                    owner.hand_out(life);
                }
            }),
            Box::new(move || {
                checker.check();
                checker.check();
            }),
        ]);
        assert_eq!(pool.inside.get(), 4);
    });
}
