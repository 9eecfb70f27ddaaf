//! How many dirty bytes the tier may hold, and how it notices that they are more.
//!
//! Pools count for themselves. Each tells the tier when its figures have moved by a step, so the sums
//! are right to a step per pool, and cost nothing that could be measured.
#![forbid(unsafe_code)]

use crate::config::limits::{self, MIDDLE_DIRTY_AGAIN};
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

use super::cell::Counter;

/// Bytes by which a pool's figures move before it tells.
pub const STEP: u64 = 1 << 20;

/// Bytes of live blocks in all pools, as far as told.
static LIVE: AtomicU64 = AtomicU64::new(0);
/// Bytes of dirty pages in all pools, as far as told.
static DIRTY: AtomicU64 = AtomicU64::new(0);
/// Those that the last relief found no good way to purge, beyond its goal.
static RESISTED: AtomicU64 = AtomicU64::new(0);
/// Bytes that were live or dirty when the last relief had ended …
static HELD: AtomicU64 = AtomicU64::new(0);
/// … and when that was; 0: never.
static RELIEVED_MS: AtomicU32 = AtomicU32::new(0);
/// Bytes that were purged in vain: the program soon needed them again.
static IN_VAIN: AtomicU64 = AtomicU64::new(0);
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
            sum.fetch_add(by, Relaxed).wrapping_add(by)
        };
        let live = change(&LIVE, &self.live, live);
        let dirty = change(&DIRTY, &self.dirty, dirty);
        let bound = bound_for(live);
        let resisted = RESISTED.load(Relaxed).min(dirty.saturating_sub(bound / 2));
        RESISTED.store(resisted, Relaxed);
        if dirty > bound + resisted {
            OVER.store(true, Relaxed);
        }
    }

    /// The pool's dirty bytes.
    pub fn dirty(&self) -> u64 {
        self.dirty.get()
    }
}

fn bound_for(live: u64) -> u64 {
    limits::held_back(live as usize) as u64 + IN_VAIN.load(Relaxed)
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

/// How many dirty bytes to leave, if it is this thread's turn to see to that: half of what may be, so
/// that the next relief is as many freed bytes away.
pub fn begin_relief(now_ms: u32, decay_ms: u32) -> Option<u64> {
    if !OVER.swap(false, Relaxed) {
        return None;
    }
    learn(now_ms, decay_ms);
    let bound = bound_for(LIVE.load(Relaxed));
    if dirty() <= bound {
        return None;
    }
    // Nobody else begins meanwhile.
    RESISTED.store(dirty(), Relaxed);
    Some(bound / 2)
}

/// What has grown again within a decay will grow and shrink again: from now on it is left alone. A
/// program that frees much once is not taken for that, since by a free alone nothing grows.
fn learn(now_ms: u32, decay_ms: u32) {
    let held = LIVE.load(Relaxed).wrapping_add(dirty());
    let grown = held.saturating_sub(HELD.swap(held, Relaxed));
    let last = RELIEVED_MS.load(Relaxed);
    let soon = last != 0 && now_ms.wrapping_sub(last) < decay_ms;
    let in_vain = if soon { IN_VAIN.load(Relaxed) + grown } else { 0 };
    IN_VAIN.store(in_vain.min(MIDDLE_DIRTY_AGAIN as u64), Relaxed);
}

/// Says that what could be purged has been.
pub fn end_relief(goal: u64, now_ms: u32) {
    RESISTED.store(dirty().saturating_sub(goal), Relaxed);
    HELD.store(LIVE.load(Relaxed).wrapping_add(dirty()), Relaxed);
    RELIEVED_MS.store(now_ms, Relaxed);
}
