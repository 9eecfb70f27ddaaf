//! How many slots of a class lie idle: free in their pools, with memory behind them.
//!
//! A class that lies idle to some part lends slots to smaller ones that would have to grow
//! (`heap::small`). The counts say which; they are estimates, kept by those who hold a pool's lock
//! anyway: a page that goes back to the system takes along slots that are partly on its neighbours.

// Counts alone, not part of any protocol: the plain type also where a model checker runs.
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::pool::Inner;

/// A class lends while at least one in so many of its slots lies idle. With fewer it would soon have
/// to grow in its turn, by larger slots than were asked for.
const LENDS_FROM: u64 = 32;

/// The counts of a class.
pub struct Idle {
    idle: AtomicU32,
    /// Slots that have ever been handed out.
    used: AtomicU32,
}

impl Idle {
    /// Of a class without pools.
    pub const fn new() -> Self {
        Self { idle: AtomicU32::new(0), used: AtomicU32::new(0) }
    }

    /// Whether there seems to be any.
    pub fn is_any(&self) -> bool {
        self.idle.load(Relaxed) != 0
    }

    /// Whether the class can do without some.
    pub fn is_plenty(&self) -> bool {
        let (idle, used) = (self.idle.load(Relaxed), self.used.load(Relaxed));
        idle != 0 && u64::from(idle) * LENDS_FROM >= u64::from(used)
    }

    /// `count` slots of a pool were handed out for the first time.
    pub fn begin(&self, count: usize) {
        self.used.fetch_add(count as u32, Relaxed);
    }

    /// `count` slots came back to a pool.
    pub fn add(&self, inner: &mut Inner, count: usize) {
        inner.idle += count as u16;
        self.idle.fetch_add(count as u32, Relaxed);
    }

    /// `count` slots of a pool went: to a thread, to the system, into quarantine.
    pub fn remove(&self, inner: &mut Inner, count: usize) {
        let count = count.min(usize::from(inner.idle));
        inner.idle -= count as u16;
        self.idle.fetch_sub(count as u32, Relaxed);
    }
}
