//! Freed blocks that wait before their pools may have them: first in, first out (`delay_kib`).
//!
//! Stops: a block that was just freed from being handed out by the next request. Finds, with
//! `zero_on_free`: writes to it meanwhile. Costs: so much memory, for all threads together.
//!
//! Where nothing has to wait, a sample does (`sample_frees`): one block of so many that a pool is given, until it was
//! given a few more.
//!
//! A waiting block is still a used one, which somebody took (MARKS-1): a second free is found as ever.
//! It was counted as freed.
//!
//! - WAIT-1: a block in the queue was taken by who put it there, and wiped where the rules say so; who takes it
//!   out, or holds the queue's lock, is the only one to touch it.

use crate::bits::PAGE;
use crate::config::limits::STORE_PAGES;
use crate::config::options::{DELAY_KIB, SAMPLE_FREES};
use crate::guard::Operation;
use crate::space::Claim;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Guard, Lock};

use super::cell::{Hold, PoolCell};
use super::fault::Fault;
use super::header::HEADER;
use super::map::MIN_BLOCK;
use super::pool::{GivenUp, block_size};
use super::{sweep, wiped};

/// Most blocks that wait.
const MOST: usize = 256;
/// Middle blocks are larger than small ones, which wait per thread: so much more of them waits.
const TIMES: usize = 8;
/// Blocks of which one is the sample: to clear so few costs little beside what their owners write to them.
const SAMPLED: u64 = 128;
/// So many blocks later the sample leaves: what waits keeps its neighbours from becoming one free block.
const LEAVES: u64 = 16;
/// The longest block that is one: with header and canary, 256 KiB of the program's.
const SAMPLED_BYTES: usize = STORE_PAGES * PAGE;
/// Bytes that are looked at of a block that waits: at its beginning, and where what the program asked for ended.
const LOOK: usize = 1024;

static QUEUE: Queue = Queue::new();

/// Blocks that wait.
pub struct Queue(Lock<Blocks>);

struct Blocks {
    places: [Option<Freed>; MOST],
    first: usize,
    count: usize,
    bytes: usize,
}

/// A block that was taken from the program.
#[derive(Clone, Copy)]
struct Freed {
    cell: &'static PoolCell,
    start: usize,
    /// Its bytes when it was freed.
    length: usize,
    /// Those of them that the request needed, of which most have a few more behind them, and some nearly a page.
    needed: usize,
    /// Whether it was wiped then.
    wiped: bool,
}

/// Who waits, behind how many bytes.
#[derive(Clone, Copy)]
pub struct Bound {
    /// Bytes that may wait.
    pub bytes: usize,
    /// Blocks that fit are wiped.
    pub wipe: bool,
}

/// The queue of the process.
pub fn queue() -> &'static Queue {
    &QUEUE
}

/// What the options say of the block at `user` of that pool, if there is one; `None`: it does not wait. A sample that has
/// waited long enough leaves.
#[inline]
pub fn bound(cell: &PoolCell, user: usize) -> Option<Bound> {
    let rules = cell.front.rules;
    if rules.zero || rules.delay {
        let bytes = DELAY_KIB.get() as usize * 1024 * TIMES;
        return Some(Bound { bytes, wipe: false });
    }
    match cell.counters.frees.get() % SAMPLED {
        0 if SAMPLE_FREES.is_on() => {
            let length = cell.front.marks.at(user.wrapping_sub(HEADER)).length();
            (length <= SAMPLED_BYTES).then_some(Bound { bytes: SAMPLED_BYTES, wipe: true })
        }
        LEAVES if SAMPLE_FREES.is_on() => {
            QUEUE.empty();
            None
        }
        _ => None,
    }
}

impl Queue {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Lock::new(Blocks { places: [None; MOST], first: 0, count: 0, bytes: 0 }))
    }

    /// Takes a block back, to wait behind at most `bound` bytes; false when the pointer, the block or the claim
    /// was bad: it has been reported.
    pub fn free(&self, bound: Bound, cell: &'static PoolCell, user: usize, claim: &Claim) -> bool {
        let (given_up, fault) = match cell.hold().retire(user, claim) {
            Ok(given_up) => (Some(given_up), given_up.fault),
            Err(fault) => (None, Some(fault)),
        };
        // A report first: where it ends the process, the damaged block is there to be looked at.
        if let Some(fault) = fault {
            super::tell(fault, claim.operation, cell);
        }
        if let Some(GivenUp { block, requested, .. }) = given_up {
            let (start, length) = (block.start, block.end - block.start);
            let wiped = cell.front.rules.zero || bound.wipe && length <= bound.bytes;
            let freed = Freed { cell, start, length, needed: block_size(requested), wiped };
            if wiped {
                // SAFETY: MARKS-1: it was taken just now.
                unsafe { wiped::wipe(cell, start, length) };
            }
            self.put(freed, bound.bytes);
        }
        sweep::after_free(cell);
        fault.is_none()
    }

    /// Puts a block into the queue; those for which there is no room any more leave, the oldest first.
    fn put(&self, freed: Freed, bound: usize) {
        if freed.length > bound {
            return settle(freed);
        }
        loop {
            let mut blocks = self.0.lock();
            if blocks.count < MOST && blocks.bytes + freed.length <= bound {
                super::patrol::note_freed();
                return blocks.push(freed);
            }
            let oldest = blocks.take_oldest();
            drop(blocks);
            oldest.into_iter().for_each(settle);
        }
    }

    /// Gives every waiting block to its pool.
    pub fn empty(&self) {
        loop {
            let oldest = self.0.lock().take_oldest();
            let Some(oldest) = oldest else { return };
            settle(oldest);
        }
    }

    /// Looks at both ends of the block freed last.
    pub fn patrol(&self) {
        let blocks = self.0.lock();
        if let Some(newest) = blocks.count.checked_sub(1).and_then(|last| blocks.at(last)) {
            look(blocks, newest, true, true);
        }
    }

    /// Looks at every waiting block; how many were written to.
    pub fn check(&self, report: bool) -> usize {
        let (mut place, mut faults) = (0, 0);
        loop {
            // The lock is taken anew for each: a look may take a while, and a report longer.
            let blocks = self.0.lock();
            let Some(freed) = blocks.at(place) else { return faults };
            faults += usize::from(look(blocks, freed, false, report));
            place += 1;
        }
    }
}

/// Gives a block that is in no queue any more to its pool.
fn settle(freed: Freed) {
    // Where that is a rule, all of it is looked at when its memory is used again.
    let written = freed.written(freed.cell.front.rules.zero);
    let fault = freed.cell.hold().settle(&freed, written);
    if let Some(fault) = fault {
        fault.report(Operation::Reuse, Some(freed.cell.index));
    }
}

/// Whether a block in the queue, whose lock is given up, was written to. Where damage is known of, nobody looks.
fn look(blocks: Guard<'_, Blocks>, freed: Freed, ends_alone: bool, report: bool) -> bool {
    if freed.cell.front.quarantined.load(Relaxed) {
        return false;
    }
    let Some(at) = freed.written(ends_alone) else { return false };
    let fault = freed.cell.hold().found_written(at);
    drop(blocks);
    if report {
        fault.report(Operation::Check, Some(freed.cell.index));
    }
    true
}

const _: () = assert!(2 * LOOK + HEADER <= MIN_BLOCK);

impl Freed {
    /// What was written to it, or to its ends, since it was wiped.
    fn written(&self, ends_alone: bool) -> Option<usize> {
        let Self { cell, start, length, needed, wiped } = *self;
        let (all, end) = (length - HEADER, needed - HEADER);
        let parts = match ends_alone {
            true => [0..LOOK, end - LOOK..end],
            false => [0..all, all..all],
        };
        // SAFETY: WAIT-1: it is ours. A block is as long as was needed, or longer.
        let look = |part| unsafe { wiped::written_since(cell, start, part) };
        wiped.then(|| parts.into_iter().find_map(look)).flatten()
    }
}

impl Hold<'_> {
    /// Takes a block from the program without making it free. A damaged one does not wait: its pool has it, and is
    /// quarantined.
    fn retire(&mut self, user: usize, claim: &Claim) -> Result<GivenUp, Fault> {
        let given_up = self.give_up(user, claim)?;
        if let Some(fault) = given_up.fault.filter(Fault::taints_pool) {
            self.make_free(given_up.block);
            return Err(self.contain(fault));
        }
        // It is told of as no longer live once its pages are dirty: to tell of the one without the other looks like
        // memory that goes back to the system and is soon needed again, and then no other goes back.
        Ok(given_up)
    }

    /// Makes a block that has waited free. `written` is what was found in it.
    fn settle(&mut self, freed: &Freed, written: Option<usize>) -> Option<Fault> {
        let block = self.pool.map.starting_at(freed.start).filter(|block| !block.free)?;
        let fault = if self.pool.quarantined {
            None
        } else if self.pool.tombstone(freed.start).is_none() {
            let fault = self.pool.damaged_header(freed.start + HEADER);
            Some(self.contain(fault))
        } else {
            written.map(|at| self.found_written(at))
        };
        // An aligned block behind it may have left it some bytes meanwhile.
        self.pool.wipe_tail(freed.start + freed.length, block.end);
        self.make_free(block);
        fault
    }
}

impl Blocks {
    fn at(&self, place: usize) -> Option<Freed> {
        (place < self.count).then(|| self.places[(self.first + place) % MOST]).flatten()
    }

    fn push(&mut self, freed: Freed) {
        self.places[(self.first + self.count) % MOST] = Some(freed);
        self.count += 1;
        self.bytes += freed.length;
    }

    fn take_oldest(&mut self) -> Option<Freed> {
        let freed = self.at(0)?;
        self.first = (self.first + 1) % MOST;
        self.count -= 1;
        self.bytes -= freed.length;
        Some(freed)
    }
}
