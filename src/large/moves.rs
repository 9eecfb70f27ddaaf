//! Moving a block's pages to other addresses.

use crate::bits::PAGE;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys::{self, Errno};

use super::mapping::{Mapping, Range, guards_left, more_guard, pointer, unmap};
use super::table::{Entry, State};
use super::{address_limit, registry, retire, stats};

/// Bytes that one page table of the kernel maps.
const PAGE_TABLE: usize = 2 << 20;

impl Mapping {
    /// A range for this mapping's pages to be moved to: `inner` bytes, and room to grow by
    /// `headroom`. Nothing in it is accessible yet.
    pub fn target(&self, inner: usize, headroom: usize) -> Result<Self, Errno> {
        let guarded = guards_left();
        let (front, behind) = match guarded {
            true => (PAGE + more_guard(inner), PAGE + headroom.max(more_guard(inner))),
            false => (0, 0),
        };
        // Where addresses are plenty the pages keep their place within a page table: the kernel
        // then moves whole tables and not page by page.
        let moves_tables = self.inner >= PAGE_TABLE && guarded && address_limit().is_none();
        let spread = if moves_tables { PAGE_TABLE } else { 0 };
        let len = front + spread + inner + behind;
        let start = sys::reserve_counted(len)?.expose_provenance();
        stats::RESERVED.add(len);
        let first = start + front;
        let address = first + (self.address.wrapping_sub(first) & spread.saturating_sub(1));
        Ok(Self { start, len, address, inner, guarded, ..Self::NONE })
    }

    /// Moves the pages to `target`, made by [`Mapping::target`] and not smaller. On success what is
    /// left of this range is returned, without pages, if anything is. On failure this block is as
    /// it was, and `target` must be [abandoned](Mapping::abandon).
    ///
    /// # Safety
    /// The caller owns both.
    pub unsafe fn move_to(&self, target: &Self) -> Result<Option<Range>, Errno> {
        let (from, to) = (pointer(self.address), pointer(target.address));
        // SAFETY: LARGE-1: both ranges belong to the caller.
        match unsafe { sys::move_pages(from, self.inner, to, target.inner) } {
            Ok(()) => {
                target.note_committed();
                self.note_released();
                Ok(self.close_behind())
            }
            Err(errno) => Err(errno),
        }
    }

    /// Moves the pages to `target`, made by [`Mapping::target`] for as many bytes, and leaves fresh ones. On failure this
    /// block is as it was, and `target` must be [abandoned](Mapping::abandon).
    ///
    /// # Safety
    /// The caller owns both; this is one mapping of the kernel's, and private.
    pub unsafe fn lift_to(&self, target: &Self) -> Result<(), Errno> {
        let (from, to) = (pointer(self.address), pointer(target.address));
        // SAFETY: LARGE-1: both ranges belong to the caller.
        unsafe { sys::lift_pages(from, self.inner, to)? };
        target.note_committed();
        Ok(())
    }

    /// After the pages have left: keeps the old addresses from being given out at once. `None` if
    /// somebody was faster; then the rest is unmapped.
    fn close_behind(&self) -> Option<Range> {
        if sys::reserve_at(pointer(self.address), self.inner).is_ok() {
            return Some(Range {
                start: self.start,
                len: self.len,
                address: self.address,
                marked: false,
            });
        }
        self.unmap_around();
        stats::RESERVED.sub(self.inner);
        None
    }

    /// Gives up the target of a failed move. The kernel may have unmapped its middle before it
    /// failed, and somebody may have mapped something there since. What cannot be told from that
    /// is left alone for ever, and the answer is true: addresses are lost, no memory.
    ///
    /// # Safety
    /// The caller owns the target, and the registry does not know it.
    pub unsafe fn abandon(self) -> bool {
        self.unmap_around();
        let known = sys::reserve_at(pointer(self.address), self.inner).is_ok();
        if known {
            unmap(self.address, self.inner);
        }
        !known
    }

    fn unmap_around(&self) {
        let (front, behind) = (self.address - self.start, self.end() - self.inner_end());
        for (at, len) in [(self.start, front), (self.inner_end(), behind)] {
            if len != 0 {
                unmap(at, len);
            }
        }
    }

    /// Lets the accessible part grow to `inner` bytes where it is or, if something is in the way,
    /// wherever the kernel has room: without a target, whose addresses would count beside the
    /// block's, and so without guard pages. On failure the block is as it was, but for a guard page
    /// whose place somebody may have taken.
    ///
    /// # Safety
    /// The caller owns the mapping, and the registry does not know it: on success the addresses
    /// that it had may be anybody's.
    pub unsafe fn stretch(&mut self, inner: usize) -> Result<(), Errno> {
        let behind = self.end() - self.inner_end();
        if behind != 0 && !unmap(self.inner_end(), behind) {
            return Err(Errno::NO_MEMORY);
        }
        // SAFETY: LARGE-1: the caller owns the range, and uses it where the answer says.
        let moved = unsafe { sys::extend_anywhere(pointer(self.address), self.inner, inner) };
        let to = moved.inspect_err(|_| {
            if behind != 0 {
                self.close_gap(behind);
            }
        })?;
        self.note_released();
        stats::RESERVED.add(inner - self.inner);
        let to = to.expose_provenance();
        let front = self.address - self.start;
        if to != self.address {
            if front != 0 {
                unmap(self.start, front);
            }
            self.start = to;
            self.is_rest = false;
        }
        self.len = to - self.start + inner;
        (self.address, self.inner, self.guarded) = (to, inner, false);
        self.note_committed();
        Ok(())
    }

    /// Gives back a target that nothing was moved to.
    ///
    /// # Safety
    /// The caller owns the target, and the registry does not know it.
    pub unsafe fn cancel(self) {
        unmap(self.start, self.len);
    }
}

/// Moves the pages of a block that this thread owns to a range of `inner` bytes, with `headroom` behind
/// it where addresses are plenty. `None` leaves the block as it is.
///
/// With the pages the addresses are gone, and may at once be another thread's block's. So the
/// registry forgets this one before they go, and keeps its place in case they stay.
pub fn relocate(entry: &Entry, inner: usize, headroom: usize) -> Option<Mapping> {
    let target = if moves_work() { target(&entry.mapping, inner, headroom)? } else { return None };
    if !registry::insert(Entry { mapping: target, ..*entry }) {
        // SAFETY: LARGE-2, LARGE-3: just made, and nobody knows of it.
        unsafe { target.cancel() };
        return None;
    }
    registry::leave(entry.mapping.address);
    // SAFETY: LARGE-2, LARGE-3: we own both: the block is marked, nobody knows of the target, and
    // the registry has forgotten the old place.
    let Ok(left) = (unsafe { entry.mapping.move_to(&target) }) else {
        registry::come_back(*entry);
        registry::remove(target.address);
        // SAFETY: LARGE-2, LARGE-3: ours, and the registry has forgotten it.
        LOST.fetch_add(usize::from(unsafe { target.abandon() }), Relaxed);
        return None;
    };
    retire_left(entry, left);
    Some(target)
}

/// Deals with the addresses that a block has moved away from, if they could be had back.
fn retire_left(entry: &Entry, left: Option<Range>) {
    match left {
        Some(range) => {
            registry::come_back(Entry { state: State::Freed, ..*entry });
            retire::put_range(range);
        }
        None => registry::stay_away(entry.mapping.address),
    }
}

/// A range to move a block to.
fn target(from: &Mapping, inner: usize, headroom: usize) -> Option<Mapping> {
    let headroom = if address_limit().is_none() { headroom } else { 0 };
    let made = from.target(inner, headroom).or_else(|_| from.target(inner, 0));
    match made {
        Err(errno) if errno.is_exhaustion() && retire::drop_all() => from.target(inner, 0).ok(),
        made => made.ok(),
    }
}

/// Targets of failed moves that nobody can tell the state of.
static LOST: AtomicUsize = AtomicUsize::new(0);

/// Whether moving pages is worth trying: it has not failed in that way again and again.
fn moves_work() -> bool {
    LOST.load(Relaxed) < 8
}
