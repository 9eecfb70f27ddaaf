//! How many slots of a class lie idle: free in their pools, with memory behind them.
//!
//! A class that lies idle to some part lends slots to smaller ones that would have to grow
//! (`heap::small`), and what lies idle in all classes is bounded ([`purge`](super::purge)). The counts
//! are estimates, kept by those who hold a pool's lock anyway: a page that goes back to the system takes
//! along slots that are partly on its neighbours, and slots that are lost in quarantine stay counted.

// Counts alone, not part of any protocol: the plain type also where a model checker runs.
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::pool::Inner;

/// A class lends while at least one in so many of its slots lies idle. With fewer it would soon have
/// to grow in its turn, by larger slots than were asked for.
const LENDS_FROM: usize = 32;

/// The counts of a class, in one word: with two, each batch of slots would wait for two locked instructions.
/// Low half: the slots that lie idle, those of each pool together, so never fewer than none. High half: those
/// that are live or in a stock.
#[derive(Default)]
pub struct Idle {
    counts: AtomicU64,
    /// Batches that left the pools, and that came back.
    moves: [AtomicU64; 2],
}

impl Idle {
    /// Of a class without pools.
    pub const fn new() -> Self {
        Self { counts: AtomicU64::new(0), moves: [const { AtomicU64::new(0) }; 2] }
    }

    /// Whether there seems to be any.
    pub fn is_any(&self) -> bool {
        self.idle() != 0
    }

    /// Whether the class can do without some.
    pub fn is_plenty(&self) -> bool {
        let (idle, out) = (self.idle(), self.out());
        idle != 0 && idle * (LENDS_FROM - 1) >= out
    }

    /// Slots that lie idle.
    pub fn idle(&self) -> usize {
        self.counts.load(Relaxed) as u32 as usize
    }

    /// Slots that are live or in a stock. (Fewer than none are counted where one has come back twice.)
    pub fn out(&self) -> usize {
        ((self.counts.load(Relaxed) >> 32) as i32).max(0) as usize
    }

    /// A thread has taken `count` slots of a pool, `idle` of which were so.
    pub fn take(&self, inner: &mut Inner, count: usize, idle: usize) {
        let idle = from_pool(inner, idle);
        self.counts.fetch_add(((count as u64) << 32).wrapping_sub(idle), Relaxed);
        self.moves[0].fetch_add(1, Relaxed);
    }

    /// Batches that have left the pools and come back, since the start.
    pub fn moves(&self) -> [u64; 2] {
        [0, 1].map(|way| self.moves[way].load(Relaxed))
    }

    /// `count` slots are about to come back to their pools, which count them too. Not after that: who takes them from
    /// there must find them counted.
    pub fn add(&self, count: usize) {
        self.counts.fetch_sub(((count as u64) << 32).wrapping_sub(count as u64), Relaxed);
        self.moves[1].fetch_add(1, Relaxed);
    }

    /// So many of them were not taken in.
    pub fn lose(&self, count: usize) {
        self.counts.fetch_add(((count as u64) << 32).wrapping_sub(count as u64), Relaxed);
    }

    /// `count` idle slots of a pool went: to the system, into quarantine.
    pub fn remove(&self, inner: &mut Inner, count: usize) {
        self.counts.fetch_sub(from_pool(inner, count), Relaxed);
    }
}

/// Takes `count` off a pool's idle slots, as far as there are any; no more remain than are free there.
fn from_pool(inner: &mut Inner, count: usize) -> u64 {
    let (idle, free) = (usize::from(inner.idle), usize::from(inner.free));
    let count = count.clamp(idle.saturating_sub(free), idle);
    inner.idle -= count as u16;
    count as u64
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use core::ptr;

    fn pool() -> Inner {
        // SAFETY: SMALL-5: a pool of this test's own; all-zero is a valid one.
        let mut inner: Inner = unsafe { core::mem::zeroed() };
        (inner.owner, inner.free) = (ptr::null(), 100);
        inner
    }

    #[test]
    fn a_class_lends_while_one_slot_in_so_many_is_idle() {
        let (counts, mut pool) = (Idle::new(), pool());
        assert!(!counts.is_any() && !counts.is_plenty());
        counts.take(&mut pool, 320, 0);
        counts.add(9);
        pool.idle += 9;
        assert!(counts.is_any() && !counts.is_plenty());
        counts.add(1);
        pool.idle += 1;
        assert!(counts.is_plenty());
        counts.take(&mut pool, 2, 2);
        assert!(!counts.is_plenty());
        assert_eq!((counts.idle(), counts.out()), (8, 312));
    }

    #[test]
    fn no_more_goes_than_a_pool_has_added() {
        let (counts, mut one, mut other) = (Idle::new(), pool(), pool());
        counts.add(5);
        one.idle += 5;
        counts.add(7);
        other.idle += 7;
        counts.remove(&mut one, usize::MAX);
        counts.remove(&mut one, 3);
        assert_eq!((one.idle, other.idle, counts.idle()), (0, 7, 7));
        other.free = 3;
        counts.remove(&mut other, 1);
        assert_eq!((other.idle, counts.idle()), (3, 3));
    }
}
