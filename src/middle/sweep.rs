//! Giving pages back.
//!
//! A look at a pool purges the pages that were free and dirty already at the last look, and notes
//! those that are so now. Looks are `decay_ms` apart, so a page goes when it has not been used for
//! one to two times that long; one that is used again and again never does.

use crate::bits::PAGE;
use crate::space;
use crate::sync::atomic::{
    AtomicBool, AtomicU32, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use crate::sys;

use super::bitmap::BITS;
use super::cell::{Hold, PoolCell};
use super::map::LIMIT;
use super::pool::Pool;
use super::pools;

/// Pages that are purged without letting go of the pool's lock: about 200 µs in the kernel.
const PAGES_PER_HOLD: usize = 1024;
/// Calls to the kernel without letting go of it.
const CALLS_PER_HOLD: usize = 32;
/// Pools that one call of [`sweep`] works on.
const POOLS_PER_CALL: usize = 4;

/// Whether some pool may have something to purge.
static DIRTY: AtomicBool = AtomicBool::new(false);
/// When pools were last visited.
static VISITED_MS: AtomicU32 = AtomicU32::new(0);
/// The pool to visit next.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Says that a pool has become dirty.
#[cold]
pub fn note_dirty() {
    DIRTY.store(true, SeqCst);
}

/// See [`super::sweep`].
pub fn sweep(now_ms: u32, decay_ms: u32, everything: bool) {
    if everything {
        pools::all().for_each(|cell| while !step(cell.hold(), now_ms, true) {});
    } else if DIRTY.load(Relaxed) && is_time(now_ms, decay_ms) {
        visit(now_ms, decay_ms);
    }
}

/// Whether it is this thread's turn to visit pools. Visits are a quarter of the decay apart, so
/// that pools beyond the first few do not wait much longer than they should.
fn is_time(now_ms: u32, decay_ms: u32) -> bool {
    let last = VISITED_MS.load(Relaxed);
    now_ms.wrapping_sub(last) >= decay_ms / 4
        && VISITED_MS.compare_exchange(last, now_ms, Relaxed, Relaxed).is_ok()
}

fn visit(now_ms: u32, decay_ms: u32) {
    let count = pools::count();
    let first = NEXT.load(Relaxed);
    let mut worked = 0;
    for turn in 0..count {
        let index = (first + turn) % count;
        NEXT.store(index + 1, Relaxed);
        let Some(cell) = pools::cell(index).filter(|cell| cell.dirty.load(Relaxed)) else {
            continue;
        };
        // A pool that is busy is left alone until the next visit.
        let Some(hold) = cell.try_hold() else { continue };
        if decay_ms == 0 || now_ms.wrapping_sub(hold.pool.looked_ms) >= decay_ms {
            step(hold, now_ms, decay_ms == 0);
            worked += 1;
        }
        if worked == POOLS_PER_CALL {
            return;
        }
    }
    // The order of these, and that of the stores in `Hold::note_dirty`, sees to it that a pool
    // that becomes dirty meanwhile is not forgotten.
    DIRTY.store(false, SeqCst);
    if pools::all().any(|cell| cell.dirty.load(SeqCst)) {
        DIRTY.store(true, SeqCst);
    }
}

/// A part of a look; `true` when the look has ended. `all`: dirty pages need not have been so
/// at the last look.
pub(super) fn step(mut hold: Hold<'_>, now_ms: u32, all: bool) -> bool {
    let cell = hold.cell;
    let (mut pages, mut calls) = (0, 0);
    while pages < PAGES_PER_HOLD && calls < CALLS_PER_HOLD {
        let Some(purged) = hold.pool.purge_next(all, PAGES_PER_HOLD - pages) else {
            end_look(&mut hold.pool, cell, now_ms);
            hold.publish();
            return true;
        };
        pages += purged;
        calls += 1;
        cell.counters.purges.add(u64::from(purged > 0));
        cell.counters.purged_bytes.add((purged * PAGE) as u64);
    }
    false
}

fn end_look(pool: &mut Pool, cell: &PoolCell, now_ms: u32) {
    pool.looked_ms = now_ms;
    pool.look_from = 0;
    let Pool { dirty, idle, .. } = &mut *pool;
    idle.copy_from(dirty);
    if pool.dirty.is_empty() {
        cell.dirty.store(false, SeqCst);
        pool.retreat();
    }
}

impl Pool {
    /// Purges the next run of dirty pages, `longest` at the most, that were dirty already at the
    /// last look (with `all`, whichever); how many. `None` when the look is at its end.
    fn purge_next(&mut self, all: bool, longest: usize) -> Option<usize> {
        let others = if all { &self.dirty } else { &self.idle };
        let Some(run) = self.dirty.first_common_run(others, self.look_from, longest) else {
            self.look_from = BITS;
            return None;
        };
        self.look_from = run.end;
        let at = self.pointer(run.start * PAGE);
        // SAFETY: MIDDLE-5: dirty pages lie in free blocks, whose contents nobody needs.
        if unsafe { sys::purge(at, run.len() * PAGE) }.is_err() {
            // Locked in memory, say. It is tried again at the next look.
            return Some(0);
        }
        self.dirty.remove(run.clone());
        self.idle.remove(run.clone());
        Some(run.len())
    }

    /// Makes an empty pool inaccessible again, so that it no longer counts as memory in use where
    /// the system keeps strict accounts.
    fn retreat(&mut self) {
        let empty = self.map.starting_at(0).is_some_and(|block| block.free && block.end == LIMIT);
        if !empty || self.committed == 0 {
            return;
        }
        // SAFETY: MIDDLE-3: the pool is one free block.
        if unsafe { space::decommit(self.pointer(0), self.committed) }.is_ok() {
            self.committed = 0;
        }
    }
}
