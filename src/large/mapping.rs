//! The address range of one block, and every change to what is mapped in it.
//!
//! ```text
//! start      address                 address + inner                        start + len
//!   | faults    | the block, its canary    | faults: headroom and guard page    |
//! ```
//!
//! A block with pages of its own (`own.rs`) may begin anywhere on its first page, so that its end lies
//! against the guard page. `address` is the block's then too, and `front` bytes before it are accessible.
//!
//! A range is made in one piece and its accessible part is one mapping of the kernel's for life: it
//! grows by `mremap` and not by a second `mprotect`, because pages that were moved once never merge
//! with fresh ones beside them, and what is two mappings cannot be moved on by one call.

use core::ptr;

use crate::bits::{PAGE, align_down, align_up};
use crate::config::options::RANDOM_SLOTS;
use crate::space::{guards, lots};
use crate::sys::{self, Errno};

use super::stats::{self, Count};

/// A block's address range while its pages are there. Whoever owns it (LARGE-2) alone changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// First byte of the range.
    pub start: usize,
    /// Length of the range.
    pub len: usize,
    /// First byte of the block, a multiple of its alignment.
    pub address: usize,
    /// Accessible bytes from there on, to the end of a page.
    pub inner: usize,
    /// Accessible bytes in front of the block, to the start of a page: 0 unless it is `own`.
    pub front: usize,
    /// Whether a page that faults lies on both sides.
    pub guarded: bool,
    /// Whether it is the rest of a longer one, and lies where it lay in that.
    pub is_rest: bool,
    /// Whether it is a block with pages of its own, and how they are guarded.
    pub own: Own,
}

/// Whether a block of whatever size was given pages of its own, at a guard page. Such a block never changes
/// its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Own {
    /// An ordinary one of the tier.
    No = 0,
    /// Its guards are mappings without access.
    ByMapping,
    /// Its guards are the kernel's markers, in a mapping that it may share with its neighbours.
    ByMarker,
}

/// A range without pages: nothing in it can be touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// First byte of the range.
    pub start: usize,
    /// Length of the range.
    pub len: usize,
    /// First byte of the block that was here: its key in the registry.
    pub address: usize,
    /// Whether it is markers all over, in a mapping for blocks.
    pub marked: bool,
}

/// How an attempt to grow in place ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Done.
    Done,
    /// No room there; the pages can be moved.
    NoRoom,
    /// The kernel will not do it: `mremap` is forbidden, or the program has split the mapping.
    Refused,
}

/// To write zeros costs a tenth or less of the page faults after a purge, if the program uses all of the block; but it
/// makes pages that nobody may ever want. This is how much that may be.
pub const PURGE_FROM: usize = 32 << 20;

/// The pointer to `address`, which is in a range of the tier.
pub fn pointer(address: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(address)
}

/// Each guarded block costs two more mappings. A quarter of what a process may have is for guards
/// at the most; blocks beyond that merge with their neighbours and cost none. (A process that has
/// reached the kernel's limit cannot map anything at all, be it for a merge.)
pub fn guards_left() -> bool {
    stats::GUARDED.get() < guards::budget() as u64
}

/// How many mappings the process may have.
pub fn mapping_limit() -> usize {
    guards::budget() * 8
}

/// Bytes by which a guard is longer than a page: with lots, up to an eighth of the block. So how far apart two blocks lie
/// is not told by their lengths. Costs: addresses.
pub(super) fn more_guard(inner: usize) -> usize {
    /// Address space can be short where blocks are very long.
    const MOST: usize = 64 << 20;
    if RANDOM_SLOTS.is_on() { lots::below((inner / 8).min(MOST) / PAGE + 1) * PAGE } else { 0 }
}

impl Mapping {
    /// No range at all.
    pub const NONE: Self = Self {
        start: 0,
        len: 0,
        address: 0,
        inner: 0,
        front: 0,
        guarded: false,
        is_rest: false,
        own: Own::No,
    };

    /// A range with `inner` zeroed accessible bytes (a multiple of the page, at most `isize::MAX`
    /// rounded up to one) at a multiple of `align` (at most 1 GiB). Guard pages are given up
    /// before the block is.
    pub fn create(inner: usize, align: usize) -> Result<Self, Errno> {
        let align = align.max(PAGE);
        let mapping = match guards_left().then(|| Self::guarded(inner, align)) {
            Some(Ok(mapping)) => mapping,
            _ => Self::plain(inner, align)?,
        };
        mapping.note_committed();
        Ok(mapping)
    }

    fn guarded(inner: usize, align: usize) -> Result<Self, Errno> {
        // The first multiple of `align` behind a guard page is at most `align` from the start.
        // No sum here overflows: 2^63 + 2^30 and some MiB.
        let (front, behind) = (more_guard(inner), more_guard(inner));
        let len = front + align + inner + PAGE + behind;
        let start = sys::reserve_counted(len)?.expose_provenance();
        stats::RESERVED.add(len);
        let address = align_up(start + front + PAGE, align);
        let mut mapping = Self { start, len, address, inner, guarded: true, ..Self::NONE };
        mapping.trim(address - PAGE - front, address + inner + PAGE + behind);
        let committed = sys::commit(pointer(address), inner);
        committed.map(|()| mapping).inspect_err(|_| mapping.unmap())
    }

    fn plain(inner: usize, align: usize) -> Result<Self, Errno> {
        let len = align - PAGE + inner;
        let start = sys::map(len)?.expose_provenance();
        stats::RESERVED.add(len);
        let address = align_up(start, align);
        let mut mapping = Self { start, len, address, inner, ..Self::NONE };
        mapping.trim(address, address + inner);
        Ok(mapping)
    }

    /// Unmaps what lies in the range outside `[first, end)`. Where the kernel refuses, because it
    /// has no mapping to spare, the surplus stays part of the range.
    pub(super) fn trim(&mut self, first: usize, end: usize) {
        let range_end = self.end();
        if first > self.start && unmap(self.start, first - self.start) {
            self.len -= first - self.start;
            self.start = first;
        }
        if range_end > end && unmap(end, range_end - end) {
            self.len -= range_end - end;
        }
    }

    /// Whether the range has room for a guard page on both sides.
    pub fn has_guards(&self) -> bool {
        self.first() - self.start >= PAGE && self.end() - self.inner_end() >= PAGE
    }

    pub(super) fn end(&self) -> usize {
        self.start + self.len
    }

    /// First accessible address.
    pub(super) fn first(&self) -> usize {
        self.address - self.front
    }

    /// Accessible bytes, all of them.
    pub fn accessible(&self) -> usize {
        self.front + self.inner
    }

    /// First address behind the accessible part.
    pub(super) fn inner_end(&self) -> usize {
        self.address + self.inner
    }

    /// Bytes the block can grow by and keep its guard page.
    pub(super) fn headroom(&self) -> usize {
        (self.end() - self.inner_end()).saturating_sub(PAGE)
    }

    /// Makes what lies behind the first `inner` bytes inaccessible and gives its memory back.
    ///
    /// # Safety
    /// The caller owns the mapping, and nothing live is behind `inner`, a multiple of the page.
    pub unsafe fn shrink(&mut self, inner: usize) -> bool {
        let first = self.address + inner;
        // An unguarded block's neighbours are others' blocks: its tail leaves the range.
        let done = if self.guarded {
            // To the range's end, so that tail and guard are one mapping.
            // SAFETY: LARGE-1, and the caller vouches for the tail.
            unsafe { sys::decommit(pointer(first), self.end() - first) }.is_ok()
        } else if unmap(first, self.end() - first) {
            self.len = first - self.start;
            true
        } else {
            false
        };
        if done {
            stats::COMMITTED.sub(self.inner - inner);
            self.inner = inner;
        }
        done
    }

    /// Lets the accessible part grow to `inner` bytes where it is; the new bytes are zero.
    ///
    /// # Safety
    /// The caller owns the mapping.
    pub unsafe fn grow(&mut self, inner: usize) -> Growth {
        let more = inner - self.inner;
        let inside = more <= self.headroom();
        // The kernel extends into free addresses only, so the reserved ones are freed first.
        if inside && !self.punch_gap(more) {
            return Growth::NoRoom;
        }
        // Without headroom the guard page is in the way. The kernel's answer still tells whether
        // the pages can be moved.
        // SAFETY: LARGE-1: the caller owns the range.
        match unsafe { sys::extend(pointer(self.address), self.inner, inner) } {
            Ok(()) => {
                if !inside {
                    // Not guarded, and the addresses behind happened to be free.
                    self.len += more;
                }
                stats::RESERVED.add(more);
                stats::COMMITTED.add(more);
                self.inner = inner;
                Growth::Done
            }
            Err(errno) => {
                if inside {
                    self.close_gap(more);
                }
                if errno.is_exhaustion() { Growth::NoRoom } else { Growth::Refused }
            }
        }
    }

    /// Frees `gap` bytes of headroom to grow into.
    pub(super) fn punch_gap(&self, gap: usize) -> bool {
        unmap(self.inner_end(), gap)
    }

    /// Takes back `gap` bytes behind the accessible part that were freed to grow into. If somebody
    /// else has mapped something there, the range ends in front of it.
    pub(super) fn close_gap(&mut self, gap: usize) {
        if sys::reserve_at(pointer(self.inner_end()), gap).is_ok() {
            stats::RESERVED.add(gap);
            return;
        }
        let behind = self.inner_end() + gap;
        // Whether or not this succeeds, the range must not reach beyond the stranger.
        unmap(behind, self.end() - behind);
        self.note_released();
        self.len = self.inner_end() - self.start;
        self.guarded = false;
        self.note_committed();
    }

    /// Gives the memory back and keeps the addresses, inaccessible.
    ///
    /// # Safety
    /// The caller owns the mapping, and it holds nothing live.
    pub unsafe fn decommit(self) -> Result<Range, Self> {
        // All of it in one call, so that it is one mapping.
        // SAFETY: LARGE-1, and the caller vouches for the contents.
        let done = unsafe {
            match self.own {
                Own::No => sys::decommit(pointer(self.start), self.len).map(|()| false),
                _ => self.seal(),
            }
        };
        match done {
            Ok(marked) => {
                self.note_released();
                Ok(Range { start: self.start, len: self.len, address: self.address, marked })
            }
            Err(_) => Err(self),
        }
    }

    /// Gives memory and addresses back.
    ///
    /// # Safety
    /// The caller owns the mapping, nothing live is in it, and the registry does not know it.
    pub unsafe fn discard(self) {
        if !unmap(self.start, self.len) {
            // To unmap the middle of a larger mapping takes one more of them, and there is none.
            // The addresses stay taken; the memory does not.
            // SAFETY: LARGE-1, and the caller vouches for the contents.
            let _ = unsafe { sys::purge(pointer(self.first()), self.accessible()) };
        }
        self.note_released();
    }

    /// Zeroes the block's first `bytes` bytes.
    ///
    /// # Safety
    /// The caller owns the mapping, and it holds nothing live.
    pub unsafe fn clear(&self, bytes: usize) {
        let whole = align_down(bytes, PAGE);
        let mut cleared = 0;
        // SAFETY: LARGE-1, and the caller vouches for the contents.
        if whole >= PURGE_FROM && unsafe { sys::purge(pointer(self.address), whole) }.is_ok() {
            stats::note_purge(whole);
            cleared = whole;
        }
        // SAFETY: LARGE-1, LARGE-4: `bytes <= inner`.
        unsafe { ptr::write_bytes(pointer(self.address + cleared), 0, bytes - cleared) };
    }

    pub(super) fn unmap(&self) {
        unmap(self.start, self.len);
    }

    pub(super) fn note_committed(&self) {
        stats::COMMITTED.add(self.accessible());
        self.guard_count().add(1);
    }

    pub(super) fn note_released(&self) {
        stats::COMMITTED.sub(self.accessible());
        self.guard_count().sub(1);
    }

    fn guard_count(&self) -> &'static Count {
        match (self.own, self.guarded) {
            (Own::ByMarker, _) => &stats::MARKED,
            (_, true) => &stats::GUARDED,
            (_, false) => &stats::UNGUARDED,
        }
    }
}

impl Range {
    /// Gives the addresses back.
    ///
    /// # Safety
    /// The caller owns the range, and the registry does not know it.
    pub unsafe fn discard(self) {
        unmap(self.start, self.len);
    }
}

/// Unmaps a part of a range of the tier that the caller owns.
pub(super) fn unmap(at: usize, len: usize) -> bool {
    // SAFETY: LARGE-1: callers pass parts of ranges that they own.
    let done = unsafe { sys::unmap(pointer(at), len) }.is_ok();
    if done {
        stats::RESERVED.sub(len);
    }
    done
}
