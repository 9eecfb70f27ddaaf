//! How many dirty bytes the tier may hold, and how it notices that they are more.
//!
//! Pools count for themselves. Each tells the tier when its figures have moved by a step, so the sums
//! are right to a step per pool, and cost nothing that could be measured.
#![forbid(unsafe_code)]

use crate::space::thrift::{Given, MIDDLE};
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::cell::Counter;

/// Bytes by which a pool's figures move before it tells.
pub const STEP: u64 = 1 << 20;

/// Bytes of live blocks in all pools, as far as told.
static LIVE: AtomicU64 = AtomicU64::new(0);
/// Bytes of dirty pages in all pools, as far as told.
static DIRTY: AtomicU64 = AtomicU64::new(0);
/// Those that the last relief found no good way to purge.
static RESISTED: AtomicU64 = AtomicU64::new(0);
/// What went back to the system.
static GIVEN: Given = Given::new();
/// Whether it is time for a relief.
static OVER: AtomicBool = AtomicBool::new(false);

/// What a pool has told.
#[derive(Default)]
#[repr(C)]
pub struct Told {
    live: Counter,
    dirty: Counter,
}

impl Told {
    /// Tells the pool's figures if they have moved. The pool's lock is held.
    #[inline]
    pub fn update(&self, live: u64, dirty: u64) {
        if self.live.get().abs_diff(live) + self.dirty.get().abs_diff(dirty) >= STEP {
            self.tell(live, dirty);
        }
    }

    #[inline(never)]
    fn tell(&self, live: u64, dirty: u64) {
        let change = |sum: &AtomicU64, told: &Counter, now: u64| {
            let by = now.wrapping_sub(told.get());
            told.set(now);
            (sum.fetch_add(by, Relaxed).wrapping_add(by), by)
        };
        let (_, more_live) = change(&LIVE, &self.live, live);
        let (dirty, more_dirty) = change(&DIRTY, &self.dirty, dirty);
        match more_live.wrapping_add(more_dirty) as i64 {
            more if more > 0 => MIDDLE.owe(GIVEN.grew(more as usize)),
            less => GIVEN.gave(less.unsigned_abs() as usize),
        }
        RESISTED.fetch_min(dirty, Relaxed);
        if excess() != 0 {
            OVER.store(true, Relaxed);
        }
    }

    /// The pool's dirty bytes.
    pub fn dirty(&self) -> u64 {
        self.dirty.get()
    }
}

/// Dirty bytes in all pools.
pub fn dirty() -> u64 {
    DIRTY.load(Relaxed)
}

/// Whether there are too many of them.
#[inline(always)]
pub fn is_over() -> bool {
    OVER.load(Relaxed)
}

/// How many of them have to go at once.
fn excess() -> u64 {
    let spare = dirty().saturating_sub(RESISTED.load(Relaxed));
    MIDDLE.excess(LIVE.load(Relaxed) as usize, spare as usize) as u64
}

/// How many dirty bytes to leave, if it is this thread's turn to see to that.
pub fn begin_relief() -> Option<u64> {
    if !OVER.swap(false, Relaxed) {
        return None;
    }
    let most = excess();
    (most != 0).then(|| dirty().saturating_sub(most))
}

/// Says that what could be purged has been.
pub fn end_relief(goal: u64) {
    let dirty = dirty();
    if dirty > goal {
        RESISTED.store(dirty, Relaxed);
        // The small tier must not wait for what this one can't give.
        MIDDLE.has_given();
    }
}
