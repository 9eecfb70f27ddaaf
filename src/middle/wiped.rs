//! Free memory that is kept zero, and what was written to it (`zero_on_free`).
//!
//! Finds: a write to a freed block, when its memory is used again, given back or checked; never which
//! of several uses of it. Costs: a block's clearing when it is freed, a look at it when it is used.
//!
//! Tombstones stay where they are until their place is used again. Each vouches for itself: its checksum
//! is that of its address. So nothing has to be known of where blocks began.
//!
//! - WIPED-1: in a pool whose rules say `zero`, the memory of free blocks is zero except for tombstones, unless the
//!   program wrote there. A page that is not `reached` was no block's since it was committed: a look at it would cost
//!   a fault, and is had only where zeros are promised.

use core::ops::Range;
use core::ptr;

use crate::bits::{PAGE, align_down};
use crate::config::limits::CANARY;
use crate::guard::clear::first_written;
use crate::guard::{Operation, Violation};

use super::cell::{Hold, PoolCell};
use super::fault::{Damage, Detail, Fault};
use super::header::{HEADER, Header, State};
use super::map::Block;
use super::pool::{Pool, Refusal};

/// Clears a block that the program has given up, except for its tombstone.
///
/// # Safety
/// MARKS-1: the used block at `start`, of `length` bytes, was taken by the caller.
pub unsafe fn wipe(cell: &PoolCell, start: usize, length: usize) {
    // SAFETY: MIDDLE-4 and the caller's word: a used block is committed.
    unsafe { contents(cell, start).write_bytes(0, length - HEADER) };
}

/// What was written to part of a block since it was wiped, the offset in the pool; the part is told in bytes behind the
/// header, in multiples of eight.
///
/// # Safety
/// As for [`wipe`]; the part lies in the block.
pub unsafe fn written_since(cell: &PoolCell, start: usize, part: Range<usize>) -> Option<usize> {
    let at = contents(cell, start).wrapping_add(part.start);
    // SAFETY: MIDDLE-4 and the caller's word.
    let first = unsafe { first_written(at, part.len()) }?;
    Some(start + HEADER + part.start + first)
}

fn contents(cell: &PoolCell, start: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(cell.front.base + start + HEADER)
}

impl Pool {
    /// Before `[start, end)`, which is free and committed, becomes a block, one of zeros if so `promised`: it must be as it
    /// was left.
    #[cold]
    pub(super) fn look_before_use(
        &mut self,
        start: usize,
        end: usize,
        promised: bool,
    ) -> Result<(), Refusal> {
        if self.rules.zero {
            let (mut looked, pages) = (start, start / PAGE..end.div_ceil(PAGE));
            if promised {
                self.reached.insert(pages.clone());
            }
            if let Some(at) = self.first_written_of(start, end, |at| looked = at + HEADER) {
                return Err(Refusal::Written(at));
            }
            // A report names the block; now that there is none to make, its tombstone goes.
            // SAFETY: MIDDLE-4: tombstones are in committed memory, and nobody needs these any more.
            let clear = |at| unsafe { self.pointer(at).write_bytes(0, HEADER) };
            self.first_written_of(start, looked, clear);
            self.reached.insert(pages);
        }
        Ok(())
    }

    /// Clears the end of a used block that is about to become free.
    pub(super) fn wipe_tail(&self, start: usize, end: usize) {
        if self.rules.zero {
            // SAFETY: MIDDLE-4: it is committed, and nobody's any more.
            unsafe { self.pointer(start).write_bytes(0, end - start) };
        }
    }

    /// Clears what was canary where a block grows over it: who reads it knows what others look like.
    pub(super) fn wipe_gain(&self, from: usize, end: usize) {
        if self.rules.fill && from < end {
            // SAFETY: MIDDLE-4: the bytes that the program gains of its block.
            unsafe { self.pointer(from).write_bytes(0, end - from) };
        }
    }

    /// What was written to `[start, end)`, which is free, since it was wiped: the offset.
    pub(super) fn written(&self, start: usize, end: usize) -> Option<usize> {
        if !self.rules.zero || self.quarantined {
            return None;
        }
        self.first_written_of(start, end, |_| {})
    }

    fn first_written_of(
        &self,
        start: usize,
        end: usize,
        mut tombstone: impl FnMut(usize),
    ) -> Option<usize> {
        let mut from = start;
        while let Some(part) = self.reached_part(from, end) {
            // SAFETY: MIDDLE-4: what was reached is committed.
            let first = unsafe { first_written(self.pointer(part.start), part.len()) };
            from = match first {
                None => part.end,
                Some(first) => {
                    let unit = part.start + align_down(first, HEADER);
                    if self.tombstone(unit).is_none() {
                        return Some(part.start + first);
                    }
                    tombstone(unit);
                    unit + HEADER
                }
            };
        }
        None
    }

    /// The first part of `[start, end)` that blocks have had.
    fn reached_part(&self, start: usize, end: usize) -> Option<Range<usize>> {
        let most = end.div_ceil(PAGE).saturating_sub(start / PAGE);
        let pages = self.reached.first_common_run(&self.reached, start / PAGE, most)?;
        let part = start.max(pages.start * PAGE)..end.min(pages.end * PAGE);
        (part.start < part.end).then_some(part)
    }

    /// The tombstone at this offset.
    pub(super) fn tombstone(&self, at: usize) -> Option<Header> {
        // SAFETY: MIDDLE-4: below the watermark.
        let header = unsafe { Header::read(self.pointer(at), &self.keys) };
        header.filter(|header| header.state != State::Live)
    }

    /// What to say of a byte at this offset that was written though nobody uses it.
    #[cold]
    pub(super) fn after_free(&self, at: usize) -> Fault {
        let block = self.map.containing(at).unwrap_or(Block { start: at, end: at, free: true });
        // The block in front may have run over its end.
        if let Some(previous) = self.map.previous(block.start)
            && !previous.free
            && let Ok(live) = self.locate(previous.start + HEADER)
            && let Some(fault) = self.damage(previous.start + HEADER, &live)
        {
            return fault;
        }
        let unit = align_down(at, HEADER);
        let freed = (block.start..unit + 1).step_by(HEADER).rev().find_map(|start| {
            let (header, user) = (self.tombstone(start)?, start + HEADER);
            (at < user + header.requested as usize).then_some((user, header.requested as usize))
        });
        let (address, size) = freed.map_or((at, None), |(user, size)| (user, Some(size)));
        let window = align_down(at, CANARY);
        // SAFETY: MIDDLE-4: the byte was read, and a page is a multiple of eight.
        let bytes = unsafe { self.pointer(window).cast::<[u8; CANARY]>().read() };
        let damage = Damage { offset: at - address, bytes, skip: at - window };
        Fault {
            damage: Some(damage),
            ..Fault::new(Violation::UseAfterFree, self.base + address, size, Detail::None)
        }
    }
}

impl Hold<'_> {
    /// [`Pool::after_free`], with containment.
    #[cold]
    pub fn found_written(&mut self, at: usize) -> Fault {
        let fault = self.pool.after_free(at);
        self.contain(fault)
    }

    /// Lets go of the pool, in which a byte was written though nobody uses it, and says so.
    #[cold]
    pub fn report_written(mut self, at: usize, operation: Operation) {
        let (fault, index) = (self.found_written(at), self.cell.index);
        drop(self);
        fault.report(operation, Some(index));
    }
}
