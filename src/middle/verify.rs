//! Whether what a program passes is a live block and undamaged, and what it is if not.
//!
//! The map decides whether a block starts at an address; its header must agree, and its canary must
//! be there. Memory is read only below the watermark. See [`super`] for the invariants cited here.

use crate::bits::{PAGE, align_down};
use crate::config::limits::{CANARY, MIN_ALIGN};
use crate::guard::{Violation, canary};
use crate::sys::prefetch;

use super::fault::{Damage, Detail, Fault};
use super::header::{HEADER, Header, State};
use super::map::Block;
use super::marks::{self, Marks};
use super::pool::{Live, Pool};

impl Pool {
    /// The requested size of the live block at `user`. Its canary is not looked at.
    pub fn requested(&self, user: usize) -> Result<usize, Fault> {
        self.locate(user).map(|live| live.header.requested as usize)
    }

    /// The live block whose user pointer is at offset `user`, with header and canary intact.
    #[inline]
    pub(super) fn verify(&self, user: usize) -> Result<Live, Fault> {
        self.verify_near(user, usize::MAX)
    }

    /// The same, by the canary's first `most` bytes: eight to 256, or all.
    #[inline]
    pub(super) fn verify_near(&self, user: usize, most: usize) -> Result<Live, Fault> {
        let live = self.locate(user)?;
        self.damage_near(user, &live, most).map_or(Ok(live), Err)
    }

    /// What is wrong with the canary of the live block at `user`.
    #[inline]
    pub(super) fn damage(&self, user: usize, live: &Live) -> Option<Fault> {
        self.damage_near(user, live, usize::MAX)
    }

    /// The same, of the canary's first `most` bytes: eight to 256, or all.
    #[inline]
    fn damage_near(&self, user: usize, live: &Live, most: usize) -> Option<Fault> {
        let requested = live.header.requested as usize;
        let at = self.pointer(user + requested);
        // SAFETY: MIDDLE-4: `locate` made sure that the canary lies in the block.
        let intact = unsafe {
            match self.rules.fill {
                false => canary::intact(at),
                true => canary::first_damage_of_slack(at, self.canary_of(user, live).min(most))
                    .is_none(),
            }
        };
        (!intact).then(|| self.overflow(user, live))
    }

    /// Bytes of the canary behind the live block at `user`.
    fn canary_of(&self, user: usize, live: &Live) -> usize {
        let rest = live.block.end - user - live.header.requested as usize;
        if self.rules.fill { rest } else { CANARY }
    }

    /// The live block whose user pointer is at offset `user`, with its header intact.
    #[inline]
    pub(super) fn locate(&self, user: usize) -> Result<Live, Fault> {
        let start = user.wrapping_sub(HEADER);
        let Some(block) = self.map.starting_at(start).filter(|block| !block.free) else {
            return Err(self.stray(user));
        };
        // The canary mostly is here; asked for now, it comes together with the header.
        prefetch::to_write(self.pointer(block.end - CANARY));
        // SAFETY: MIDDLE-4: a used block lies below the watermark.
        match unsafe { Header::read(self.pointer(start), &self.keys) } {
            Some(header)
                if header.state == State::Live
                    && HEADER + header.requested as usize + CANARY <= block.end - start =>
            {
                Ok(Live { block, header })
            }
            _ => Err(self.damaged_header(user)),
        }
    }

    #[cold]
    fn overflow(&self, user: usize, live: &Live) -> Fault {
        let requested = live.header.requested as usize;
        let room = self.canary_of(user, live);
        let at = self.pointer(user + requested);
        // SAFETY: MIDDLE-4: the caller made sure that the canary lies in the block.
        let (first, bytes) = unsafe {
            let first = canary::first_damage_of_slack(at, room).unwrap_or(0);
            (first, at.add(first.min(room - CANARY)).cast::<[u8; CANARY]>().read_unaligned())
        };
        let skip = first - first.min(room - CANARY);
        Fault {
            damage: Some(Damage { offset: requested + first, bytes, skip }),
            ..Fault::new(
                Violation::HeapBufferOverflow,
                self.base + user,
                Some(requested),
                Detail::None,
            )
        }
    }

    /// Who damaged the header of the block at `user`: the block in front, if its canary is damaged
    /// too; else the block itself, by writing in front of its own start.
    #[cold]
    pub(super) fn damaged_header(&self, user: usize) -> Fault {
        if let Some(previous) = self.map.previous(user - HEADER)
            && let user = previous.start + HEADER
            // SAFETY: MIDDLE-4: it lies in front of a used block, and so below the watermark.
            && let Some(header) = unsafe { Header::read(self.pointer(previous.start), &self.keys) }
            && let requested = header.requested as usize
            && user + requested + CANARY <= previous.end
            && let live = (Live { block: previous, header })
            && (header.state == State::Damaged
                || header.state == State::Live && self.damage(user, &live).is_some())
        {
            return self.overflow(user, &live);
        }
        let violation = Violation::HeapBufferUnderflow;
        Fault::new(violation, self.base + user, None, Detail::HeaderDamaged)
    }

    /// What to say of a block that the program has given up, though no pool has it yet.
    #[cold]
    pub(super) fn freed_before(&self, user: usize) -> Fault {
        // SAFETY: MIDDLE-4: the map calls the block used (MARKS-1).
        let header = unsafe { Header::read(self.pointer(user - HEADER), &self.keys) };
        let size = header.map(|header| header.requested as usize);
        Fault::new(Violation::DoubleFree, self.base + user, size, Detail::None)
    }

    /// What to say of a pointer that is not the start of a live block.
    #[cold]
    pub(super) fn stray(&self, user: usize) -> Fault {
        let address = self.base + user;
        let start = align_down(user, MIN_ALIGN).wrapping_sub(HEADER);
        let readable = start < self.committed && user.is_multiple_of(MIN_ALIGN);
        // SAFETY: MIDDLE-4: below the watermark, which is a multiple of 16.
        let header = readable.then(|| unsafe { Header::read(self.pointer(start), &self.keys) });
        if let Some(header) = header.flatten().filter(|header| header.state != State::Live) {
            let size = Some(header.requested as usize);
            return Fault::new(Violation::DoubleFree, address, size, Detail::None);
        }
        // Its tombstone is gone, but where a free block starts a block was freed.
        if readable && self.map.starting_at(start).is_some_and(|block| block.free) {
            return Fault::new(Violation::DoubleFree, address, None, Detail::None);
        }
        let detail = match self.map.containing(user).filter(|block| !block.free) {
            None => Detail::NotAllocated,
            Some(block) => {
                let owner = block.start + HEADER;
                Detail::Inside(user.saturating_sub(owner), self.base + owner)
            }
        };
        Fault::new(Violation::InvalidFree, address, None, detail)
    }

    /// The first fault among the blocks that start at `from` or behind it, and where to go on. Blocks
    /// that a thread has in its store are left out, those that wait, and those that it is working on.
    pub fn examine(&self, from: usize, marks: &Marks) -> Option<(Fault, usize)> {
        self.map.blocks_from(from).find_map(|block| {
            if block.free {
                let written = self.written(block.start, block.end)?;
                return Some((self.after_free(written), block.end));
            }
            let mark = marks.at(block.start);
            if mark.state_at(block.start) != marks::State::Live {
                return None;
            }
            let fault = self.verify(block.start + HEADER).err()?;
            marks.is_still(block.start, mark).then_some((fault, block.end))
        })
    }

    /// Whether every used block has a mark, and nothing else has (MARKS-1).
    pub fn agrees_with(&self, marks: &Marks) -> bool {
        let is_marked = |block: Block| {
            let mark = marks.at(block.start);
            mark.state_at(block.start) != marks::State::None
                && mark.length() <= block.end - block.start
        };
        let used = self.map.blocks_from(0).filter(|block| !block.free);
        used.clone().all(is_marked) && used.count() == marks.count()
    }

    /// Whether the map and what is known of the pages agree with the rules (MIDDLE-3 to MIDDLE-5).
    pub fn is_sound(&self) -> bool {
        let mut pages_known = 0;
        self.map.is_sound(!self.quarantined)
            && self.map.blocks_from(0).all(|block| {
                // Pages that a used block touches, and pages not committed, are never dirty.
                let pages = if block.free {
                    block.start.max(self.committed) / PAGE..block.end / PAGE
                } else {
                    block.start / PAGE..block.end.div_ceil(PAGE)
                };
                let pages = pages.start.max(pages_known)..pages.end;
                pages_known = pages.end.max(pages_known);
                let dirty = |page| self.dirty.contains(page) || self.idle.contains(page);
                (block.free || block.end <= self.committed) && !pages.into_iter().any(dirty)
            })
    }
}
