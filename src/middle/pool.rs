//! One pool: 32 MiB of address space, committed from the front as needed.
//!
//! ```text
//! offset 0                                       committed            LIMIT    MIDDLE_POOL
//! | header, block …… canary | free | header, … |  free, not committed … | never |
//! ```
//!
//! What the program gets begins 16 bytes behind a block's start, and a canary follows its last
//! requested byte. See [`super`] for the invariants cited here.

use core::ptr;

use crate::bits::{Kind, PAGE, align_up};
use crate::config::limits::{CANARY, MIN_ALIGN};
use crate::config::options::MISMATCH;
use crate::guard::{Violation, canary};
use crate::space::{self, Claim};
use crate::sys::prefetch;

use super::bitmap::PageSet;
use super::fault::{Detail, Fault};
use super::header::{HEADER, Header, Keys, State};
use super::map::{Block, BlockMap, LIMIT, MIN_BLOCK};
use super::rules::Rules;
use super::stale::StalePages;

/// Commit at least this much at a time: a call to the kernel costs as much as fifty allocations.
const COMMIT_STEP: usize = 256 << 10;

/// A request on its way through the pools.
#[derive(Clone, Copy)]
pub struct Request {
    /// Bytes asked for.
    pub size: usize,
    /// Alignment, a power of two of at least 16.
    pub align: usize,
    /// By which door.
    pub kind: Kind,
}

impl Request {
    /// Bytes a free block must have to serve this wherever it starts.
    pub fn largest_need(&self) -> usize {
        let need = block_size(self.size);
        if self.align == MIN_ALIGN { need } else { need + self.align + MIN_BLOCK }
    }
}

/// Bytes of the block for a request.
#[inline(always)]
pub const fn block_size(requested: usize) -> usize {
    let bytes = align_up(requested + HEADER + CANARY, MIN_ALIGN);
    if bytes < MIN_BLOCK { MIN_BLOCK } else { bytes }
}

/// Why a pool did not serve a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No free block is long enough.
    NoRoom,
    /// The system gave no memory for it.
    NoMemory,
    /// The free block was written to, at this offset.
    Written(usize),
}

/// A new block, not yet known to the program.
pub struct Placed {
    /// What the program gets.
    pub block: *mut u8,
    /// Bytes of its block.
    pub length: usize,
    /// Bytes that went from free to used.
    pub bytes: usize,
    /// Free blocks that were cut: at one end or, for alignment, at both.
    pub splits: u64,
}

/// A block that the program gave up, and that is still a used one.
#[derive(Clone, Copy)]
pub struct GivenUp {
    /// The block.
    pub block: Block,
    /// What it had been requested with.
    pub requested: usize,
    /// Whether it left by another door than it came.
    pub mismatch: bool,
    /// It was damaged, or the program named another size.
    pub fault: Option<Fault>,
}

/// A block that nobody could say anything of but that it goes.
pub struct Buried {
    /// Bytes that went from used to free.
    pub bytes: usize,
    /// Free neighbours it was joined with.
    pub coalesced: u64,
}

/// A block that was verified.
pub(super) struct Live {
    pub block: Block,
    pub header: Header,
}

/// The state of a pool, behind its lock. All-zero memory until [`Pool::start`].
#[repr(C)]
pub struct Pool {
    pub(super) base: usize,
    /// Bytes from the front that are readable and writable (MIDDLE-4).
    pub(super) committed: usize,
    pub(super) keys: Keys,
    pub(super) rules: Rules,
    /// Pages that blocks have had, or were to have, since they were committed; kept with `rules.zero` alone (WIPED-1).
    pub(super) reached: PageSet,
    /// No block is handed out any more, and nothing coalesces.
    pub(super) quarantined: bool,
    pub(super) map: BlockMap,
    /// Pages inside free blocks that may hold something else than zeros (MIDDLE-5).
    pub(super) dirty: PageSet,
    /// Those of them that were so at the last look.
    pub(super) idle: PageSet,
    /// When that was.
    pub(super) looked_ms: u32,
}

impl Pool {
    /// Makes a pool of zeroed memory.
    ///
    /// # Safety
    /// Nothing of `[base, base + MIDDLE_POOL)` is committed, and it is the pool's alone (MIDDLE-1).
    pub unsafe fn start(&mut self, base: usize) {
        self.base = base;
        self.rules = Rules::wanted();
        // No system call: a pool may be opened in a sandbox that has closed the door meanwhile.
        self.keys = Keys::new([canary::secret(base as u64), canary::secret(base as u64 + 1)]);
        self.map.insert_free(0, LIMIT);
    }

    #[inline(always)]
    pub(super) fn pointer(&self, offset: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.base + offset)
    }

    /// Hands out a block. What of it has to be cleared to make it zero is told to `stale`.
    #[inline]
    pub fn allocate(
        &mut self,
        request: &Request,
        stale: Option<&mut StalePages>,
    ) -> Result<Placed, Refusal> {
        if self.quarantined {
            return Err(Refusal::NoRoom);
        }
        let need = block_size(request.size);
        let (free, start) = self.fit(need, request.align).ok_or(Refusal::NoRoom)?;
        // Both are written last; what is done meanwhile costs as much as fetching them.
        prefetch::to_write(self.pointer(start));
        prefetch::to_write(self.pointer(start + HEADER + request.size));
        // What is left behind must be a block, else it belongs to this one.
        let end = if free.end - (start + need) < MIN_BLOCK { free.end } else { start + need };
        if !self.commit_to(end) {
            return Err(Refusal::NoMemory);
        }
        let front = start - free.start;
        let taken = if front >= MIN_BLOCK { start } else { free.start };
        if self.rules.any {
            self.look_before_use(taken, end, stale.is_some())?;
        }
        if let Some(stale) = stale {
            *stale = match self.rules.zero {
                true => StalePages::none_of(start + HEADER),
                false => StalePages::of(&self.dirty, free, start + HEADER, request.size),
            };
        }
        self.carve(free, start, end);
        self.occupy(taken, end);
        self.inscribe(start, end, request.size, request.kind);
        let splits = u64::from(taken > free.start) + u64::from(end < free.end);
        let (block, length) = (self.pointer(start + HEADER), end - start);
        Ok(Placed { block, length, bytes: end - taken, splits })
    }

    /// Cuts the used block `[start, end)` out of a free one.
    #[inline(always)]
    fn carve(&mut self, free: Block, start: usize, end: usize) {
        if start - free.start >= MIN_BLOCK {
            self.map.insert_free(free.start, start);
        } else if start > free.start {
            // What is left in front is no block: it belongs to the used one before.
            self.map.remove(free.start);
            self.lengthen_slack(free.start, start);
        }
        self.map.insert_used(start);
        if end < free.end {
            self.map.insert_free(end, free.end);
        }
    }

    /// The free block of the lowest address, or one drawn by lot, that can take `need` bytes, and where
    /// in it they start.
    #[inline]
    fn fit(&mut self, need: usize, align: usize) -> Option<(Block, usize)> {
        let (free, start) = match self.rules.lots {
            false => self.map.first_fit(need).map(|free| (free, free.start))?,
            true => self.fit_by_lot(need)?,
        };
        if align <= MIN_ALIGN {
            return Some((free, start));
        }
        self.fit_aligned(free, start, need, align)
    }

    /// Any other block that is long enough may happen to lie well; only the first is tried before
    /// one is taken that serves wherever it lies.
    fn fit_aligned(
        &self,
        first: Block,
        from: usize,
        need: usize,
        align: usize,
    ) -> Option<(Block, usize)> {
        let start = self.aligned_start(first, from, align);
        if start + need <= first.end {
            return Some((first, start));
        }
        let free = self.map.first_fit(need + align + MIN_BLOCK)?;
        let start = self.aligned_start(free, free.start, align);
        (start + need <= free.end).then_some((free, start))
    }

    /// Where a block with an aligned user pointer can start in `free`, at `from` or behind it. A piece shorter than a block
    /// may stay in front of it only if there is a block it can be added to.
    fn aligned_start(&self, free: Block, from: usize, align: usize) -> usize {
        let user = align_up(self.base + from + HEADER, align) - self.base;
        let front = user - HEADER - free.start;
        if front == 0 || front >= MIN_BLOCK || free.start > 0 {
            return user - HEADER;
        }
        user - HEADER + align_up(MIN_BLOCK - front, align)
    }

    /// Commits the pool up to `end`; at least a step at a time where the system has that much.
    #[inline]
    pub(super) fn commit_to(&mut self, end: usize) -> bool {
        end <= self.committed || self.commit_more(align_up(end, PAGE) - self.committed)
    }

    #[cold]
    fn commit_more(&mut self, need: usize) -> bool {
        let at = self.pointer(self.committed);
        let step = align_up(self.committed / 8, PAGE).max(COMMIT_STEP);
        let wish = step.max(need).min(LIMIT - self.committed);
        for bytes in [wish, need] {
            if space::commit(at, bytes).is_ok() {
                self.committed += bytes;
                return true;
            }
        }
        false
    }

    /// Notes that `[start, end)` is part of a used block now: nothing of its pages may be purged.
    #[inline]
    pub(super) fn occupy(&mut self, start: usize, end: usize) {
        let pages = start / PAGE..end.div_ceil(PAGE);
        self.dirty.remove(pages.clone());
        self.idle.remove(pages);
    }

    /// Writes header and canary of the used block `[start, end)`.
    #[inline(always)]
    pub(super) fn inscribe(&self, start: usize, end: usize, requested: usize, kind: Kind) {
        let header = Header { requested: requested as u32, kind, state: State::Live };
        // SAFETY: MIDDLE-4, MIDDLE-6: the header and the canary are the allocator's part of a
        // used block, which lies below the watermark and has room for both.
        unsafe { header.inscribe(self.pointer(start), &self.keys) };
        if self.rules.fill {
            self.fill_slack(start + HEADER + requested, 0, end);
        }
    }

    /// Fills what belongs to a used block, but not to the program, and lies at `slack`, from offset `from` on.
    #[cold]
    fn fill_slack(&self, slack: usize, from: usize, end: usize) {
        // SAFETY: MIDDLE-4, MIDDLE-6: a used block's slack, at the least a canary long.
        unsafe { canary::fill_slack(self.pointer(slack), from, end - slack) };
    }

    /// The used block that ends at `from` has got some bytes more.
    fn lengthen_slack(&self, from: usize, end: usize) {
        if self.rules.fill
            && let Some(block) = self.map.previous(from)
            && let Ok(live) = self.locate(block.start + HEADER)
        {
            let slack = block.start + HEADER + live.header.requested as usize;
            self.fill_slack(slack, from - slack, end);
        }
    }

    /// Takes a block from the program; it remains to be made free. A damaged one goes, too: the pool is
    /// in quarantine from then on. Where the header is damaged, the block stays: nothing tells what it
    /// was, and whether the program has not given up another one.
    #[inline(always)]
    pub fn give_up(&mut self, user: usize, claim: &Claim) -> Result<GivenUp, Fault> {
        let live = self.locate(user)?;
        let mut fault = self.damage(user, &live);
        // Before the block becomes free: from now on nothing coalesces.
        self.quarantined |= fault.is_some();
        let state = if fault.is_some() { State::Damaged } else { State::Freed };
        let Live { block, header } = live;
        let requested = header.requested as usize;
        let mismatch = claim.kind.filter(|&kind| kind != header.kind);
        if let Some(goes) = mismatch.filter(|_| MISMATCH.is_on()) {
            let (address, detail) = (self.base + user, Detail::Doors(header.kind, goes));
            let violation = Violation::DeallocMismatch;
            fault.get_or_insert(Fault::new(violation, address, Some(requested), detail));
        }
        if let Some(claimed) = claim.size.filter(|&size| size != requested) {
            let (address, detail) = (self.base + user, Detail::Claimed(claimed));
            fault.get_or_insert(Fault::new(
                Violation::SizeMismatch,
                address,
                Some(requested),
                detail,
            ));
        }
        // SAFETY: MIDDLE-4, MIDDLE-6: the header of a used block.
        unsafe { Header { state, ..header }.write(self.pointer(block.start), &self.keys) };
        Ok(GivenUp { block, requested, mismatch: mismatch.is_some(), fault })
    }

    /// Takes back the used block at `start`, which the program has given up before. What it may have
    /// written since to header or canary is found by nobody; the tombstone keeps what is known.
    pub fn bury(&mut self, start: usize) -> Option<Buried> {
        let block = self.map.starting_at(start).filter(|block| !block.free)?;
        let at = self.pointer(start);
        // SAFETY: MIDDLE-4, MIDDLE-6: the header of a used block.
        unsafe {
            if let Some(header) = Header::read(at, &self.keys) {
                Header { state: State::Freed, ..header }.write(at, &self.keys);
            }
        }
        let coalesced = self.make_free(block.start, block.end);
        Some(Buried { bytes: block.end - block.start, coalesced })
    }

    /// Turns `[start, end)`, which is a used block or the end of one, into a free block, joined
    /// with its free neighbours; how many those were.
    #[inline]
    pub(super) fn make_free(&mut self, start: usize, end: usize) -> u64 {
        let (mut free_start, mut free_end, mut coalesced) = (start, end, 0);
        let next = self.map.free_next(end).filter(|_| !self.quarantined);
        let previous = self.map.free_previous(start).filter(|_| !self.quarantined);
        if let Some(previous) = previous {
            (free_start, coalesced) = (previous.start, 1);
        }
        if let Some(next) = next {
            (free_end, coalesced) = (next.end, coalesced + 1);
        }
        // The whole before its parts go: no maximum has to be searched for then.
        self.map.insert_free(free_start, free_end);
        if previous.is_some() {
            self.map.remove(start);
        }
        if let Some(next) = next {
            self.map.remove(next.start);
        }
        // Pages that hold something of the freed bytes and lie wholly in the free block.
        let first = free_start.div_ceil(PAGE).max(start / PAGE);
        let behind = (free_end / PAGE).min(end.div_ceil(PAGE));
        self.dirty.insert(first..behind);
        coalesced
    }
}
