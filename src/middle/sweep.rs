//! Giving pages back.
//!
//! By the clock: a look at a pool purges the pages that were free and dirty already at the last look,
//! and notes those that are so now. A page goes when it has not been used for one to two times as long
//! as looks are apart: `decay_ms`, or, while that is cheap, a small part of it ([`thrift`](crate::space::thrift)). One
//! that is used again and again never does.
//!
//! By pressure: beyond a bound ([`pressure`]) dirty pages go when blocks are freed, however fresh they
//! are, many at a time and down to half of the bound.

use core::ops::Range;

use crate::bits::PAGE;
use crate::config::options::DECAY;
use crate::guard::Operation;
use crate::measure::stats::DAM_MIDDLE;
use crate::space;
use crate::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use crate::sys::{self, probes};

use super::bitmap::BITS;
use super::cell::{Hold, PoolCell};
use super::map::LIMIT;
use super::pool::Pool;
use super::{pools, pressure, waiting};

/// Pages that are purged without letting go of the pool's lock: about 200 µs in the kernel.
const PAGES_PER_HOLD: usize = 1024;
/// Calls to the kernel without letting go of it.
const CALLS_PER_HOLD: usize = 32;
/// In so many visits every pool has its turn. A decay has eight, so looks are as far apart as they
/// should be, and a visit, in the middle of somebody's request, is as short as that allows.
const VISITS: usize = 4;
/// Pages in a row that are worth a call to the kernel while blocks are freed.
const WORTHWHILE: usize = 8;

/// Whether some pool may have something to purge.
static DIRTY: AtomicBool = AtomicBool::new(false);
/// The pool to visit next.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Which dirty pages go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those that were dirty at the last look.
    Idle,
    /// Those of which many lie in a row.
    Many,
    /// All.
    All,
}

/// Says that a pool has become dirty.
#[cold]
pub fn note_dirty() {
    DIRTY.store(true, SeqCst);
}

/// Makes free what waits for that.
pub fn end_waiting() {
    waiting::queue().empty();
}

/// Gives back every dirty page.
pub fn give_back_all(now_ms: u32) {
    pools::all().for_each(|cell| {
        look(cell, now_ms, Which::All, wait);
    });
}

/// Visits the next pools: pages that were dirty at the last look, `age` milliseconds ago or longer, go.
pub fn look_around(now_ms: u32, age: u32) {
    if DIRTY.load(Relaxed) {
        let which = if age == 0 { Which::All } else { Which::Idle };
        visit(now_ms, age, which, pools::count().div_ceil(VISITS));
    }
}

/// Looks at up to `most` pools that were not looked at for `age` milliseconds.
fn visit(now_ms: u32, age: u32, which: Which, most: usize) {
    let (count, first) = (pools::count(), NEXT.load(Relaxed));
    let mut left = most;
    for turn in 0..count {
        let index = (first + turn) % count;
        NEXT.store(index + 1, Relaxed);
        let Some(cell) = pools::cell(index).filter(|cell| cell.dirty.load(Relaxed)) else {
            continue;
        };
        if !is_due(cell, now_ms, age) {
            continue;
        }
        look(cell, now_ms, which, PoolCell::try_hold);
        left -= 1;
        if left == 0 {
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

/// Whether a pool was not looked at for long. One that is busy is left alone until the next visit.
fn is_due(cell: &PoolCell, now_ms: u32, decay_ms: u32) -> bool {
    cell.try_hold().is_some_and(|hold| sys::has_passed(hold.pool.looked_ms, now_ms, decay_ms))
}

/// What is to be purged as soon as blocks of this pool have become free.
#[inline]
pub fn after_free(cell: &PoolCell) {
    if DECAY.get() == 0 {
        look(cell, sys::now_ms(), Which::All, wait);
    } else if pressure::is_over() {
        relieve();
    }
}

/// Purges until few enough dirty pages are left. The last pools come first: requests go to the first
/// ones that have room, so what is used again and again lies there.
#[cold]
fn relieve() {
    let Some(goal) = pressure::begin_relief() else { return };
    let now_ms = sys::now_ms();
    for cell in (0..pools::count()).rev().filter_map(pools::cell) {
        if pressure::dirty() <= goal {
            break;
        }
        if cell.counters.told.dirty() >= pressure::STEP {
            look(cell, now_ms, Which::Many, PoolCell::try_hold);
        }
    }
    pressure::end_relief(goal);
}

/// Waits for a pool.
pub(super) fn wait(cell: &PoolCell) -> Option<Hold<'_>> {
    Some(cell.hold())
}

/// A look at a pool, whose lock is taken by `hold` again and again. It is given up when that refuses.
#[cold]
pub(super) fn look<'a>(
    cell: &'a PoolCell,
    now_ms: u32,
    which: Which,
    hold: impl Fn(&'a PoolCell) -> Option<Hold<'a>>,
) {
    let mut from = 0;
    while from < BITS {
        let Some(mut hold) = hold(cell) else { return };
        from = match hold.purge(from, which) {
            Ok(from) => from,
            Err(written) => {
                hold.report_written(written, Operation::Reuse);
                continue;
            }
        };
        if from == BITS {
            hold.end_look(now_ms, which);
        }
        hold.publish();
    }
}

impl Hold<'_> {
    /// Purges from page `from` on; how far it came, or which byte should be zero and is not: then the
    /// pool has to be quarantined.
    fn purge(&mut self, from: usize, which: Which) -> Result<usize, usize> {
        if let Some(pages) = self.pool.retreat(which)? {
            self.count_purge(pages);
            probes::pool_empty(DAM_MIDDLE as usize, self.cell.index);
            return Ok(BITS);
        }
        let (mut from, mut pages) = (from, 0);
        for _ in 0..CALLS_PER_HOLD {
            let Some(run) = self.pool.next_run(from, which, PAGES_PER_HOLD) else {
                return Ok(BITS);
            };
            from = run.end;
            if which == Which::Many && run.len() < WORTHWHILE {
                continue;
            }
            if let Some(at) = self.pool.written(run.start * PAGE, run.end * PAGE) {
                return Err(at);
            }
            let purged = self.pool.purge_run(run);
            self.count_purge(purged);
            pages += purged;
            if pages >= PAGES_PER_HOLD {
                break;
            }
        }
        Ok(from)
    }

    fn count_purge(&self, pages: usize) {
        self.cell.counters.purges.add(u64::from(pages > 0));
        self.cell.counters.purged_bytes.add((pages * PAGE) as u64);
        probes::purge(pages * PAGE);
    }

    fn end_look(&mut self, now_ms: u32, which: Which) {
        let Pool { dirty, idle, looked_ms, .. } = &mut *self.pool;
        // The clock goes on for what pressure has left.
        if which != Which::Many {
            *looked_ms = now_ms;
            idle.copy_from(dirty);
        }
        if dirty.is_empty() {
            self.cell.dirty.store(false, SeqCst);
        }
    }
}

impl Pool {
    /// The next run of dirty pages to look at, `longest` at the most.
    fn next_run(&self, from: usize, which: Which, longest: usize) -> Option<Range<usize>> {
        let others = if which == Which::Idle { &self.idle } else { &self.dirty };
        self.dirty.first_common_run(others, from, longest)
    }

    /// Gives the memory of dirty pages back; how many of them.
    fn purge_run(&mut self, run: Range<usize>) -> usize {
        let at = self.pointer(run.start * PAGE);
        // SAFETY: MIDDLE-5: dirty pages lie in free blocks, whose contents nobody needs.
        if unsafe { sys::purge(at, run.len() * PAGE) }.is_err() {
            // Locked in memory, say. It is tried again at the next look.
            return 0;
        }
        self.dirty.remove(run.clone());
        self.idle.remove(run.clone());
        run.len()
    }

    /// Makes an empty pool inaccessible again, all of it in one call, so that it no longer counts as
    /// memory in use where the system keeps strict accounts. How many dirty pages it had.
    fn retreat(&mut self, which: Which) -> Result<Option<usize>, usize> {
        let empty = self.map.starting_at(0).is_some_and(|block| block.free && block.end == LIMIT);
        let all_go = which != Which::Idle || self.idle.len() == self.dirty.len();
        if !(empty && all_go) || self.committed == 0 {
            return Ok(None);
        }
        if let Some(at) = self.written(0, self.committed) {
            return Err(at);
        }
        // SAFETY: MIDDLE-3: the pool is one free block.
        if unsafe { space::decommit(self.pointer(0), self.committed) }.is_err() {
            return Ok(None);
        }
        self.committed = 0;
        self.reached.clear();
        let pages = self.dirty.len();
        self.dirty.clear();
        self.idle.clear();
        Ok(Some(pages))
    }
}
