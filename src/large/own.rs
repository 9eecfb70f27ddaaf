//! Blocks of any size with pages of their own (`own_pages`).
//!
//! ```text
//! guard=end     [guard page | canary … canary, block, canary | guard page]
//! guard=front   [guard page | block, canary … canary         | guard page]
//! ```
//!
//! Stops: every overflow at `guard=end`, from the first byte behind the block rounded up to its alignment;
//! every underflow at `guard=front`; every use after free while the range is in the quarantine. Finds, at
//! free: what stays on the block's own pages. Costs: two pages and more a block, and system calls.
//!
//! With the kernel's markers a block and its guards are one mapping, which merges with those beside it; a
//! freed range is markers all over, and still part of that mapping. Otherwise the guards of neighbours merge
//! with each other and with freed ranges between them; so two mappings a block are what it comes to.

use core::ptr::NonNull;

use crate::bits::{Kind, PAGE, align_up, checked_align_up};
use crate::config::limits::{MIDDLE_MAX, MIN_ALIGN};
use crate::config::options::GUARD;
use crate::space::guards;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sys::{self, Errno};

use super::mapping::{Mapping, Own, mapping_limit, pointer};
use super::{FRESH, apart, hand_out, retire, spare, stats};

/// A block of `size` bytes, at least 1, at a multiple of `align` (a power of two up to 1 GiB), on pages of its
/// own and all zero. `None` when the system has no more of them: then another tier may serve.
///
/// # Safety
/// As for [`super::allocate`].
pub unsafe fn allocate_own(
    size: usize,
    align: usize,
    kind: Kind,
    _zeroed: bool,
) -> Option<NonNull<u8>> {
    let place = Place::of(size, align)?;
    let made = match place.map() {
        Err(errno) if errno.is_exhaustion() && has_mappings() && retire::drop_all() => place.map(),
        made => made,
    };
    let block = made.ok().and_then(|mapping| {
        mapping.note_committed();
        FRESH.fetch_add(mapping.accessible(), Relaxed);
        hand_out(mapping, size, kind)
    });
    if block.is_none() && size <= MIDDLE_MAX {
        tell();
    }
    block
}

/// Whether a block of ours would lie as it does if it had `size` bytes, and so may have them where it is.
pub fn ends_alike(mapping: &Mapping, size: usize) -> bool {
    let step = if is_front() { PAGE } else { MIN_ALIGN };
    size <= mapping.inner && mapping.inner - size < step
}

fn is_front() -> bool {
    GUARD.is_on()
}

/// What a request wants.
struct Place {
    /// Bytes of its pages.
    pages: usize,
    /// Those of them in front of the block.
    front: usize,
    /// What the first page has to be a multiple of.
    align: usize,
}

impl Place {
    fn of(size: usize, align: usize) -> Option<Self> {
        // Beyond a page the block's start is the page's, whatever that leaves behind it.
        let room = checked_align_up(size, align.clamp(MIN_ALIGN, PAGE))?;
        let pages = checked_align_up(room, PAGE)?;
        let front = if is_front() { 0 } else { pages - room };
        Some(Self { pages, front, align: align.max(PAGE) })
    }

    /// A range for it, with guards.
    fn map(&self) -> Result<Mapping, Errno> {
        if guards::wants_markers()
            && let Some(mapping) = self.take_spare().or_else(|| self.with_markers().ok())
        {
            return Ok(mapping);
        }
        if !guards::may_map() || !has_mappings() {
            return Err(Errno::NO_MEMORY);
        }
        self.with_mappings()
    }

    /// Addresses of a block that is long gone, whose markers make way, but for the guards.
    fn take_spare(&self) -> Option<Mapping> {
        if self.align > PAGE {
            return None;
        }
        let len = self.pages + 2 * PAGE;
        let start = spare::take(len)?;
        let mapping = self.lay_out(start, len, Own::ByMarker);
        let first = pointer(mapping.first());
        // What the program had asked for its own block, or mapped over it, must not come over the new one.
        let is_as_made = sys::make_writable(pointer(start), len).is_ok()
            && sys::claim_private(first, self.pages) != Some(false)
            // SAFETY: LARGE-2: it was nobody's, and is ours now.
            && unsafe { sys::unguard(first, self.pages) }.is_ok();
        if !is_as_made {
            mapping.unmap();
        }
        is_as_made.then_some(mapping)
    }

    fn with_markers(&self) -> Result<Mapping, Errno> {
        let mapping = self.cut_out(self.ask(sys::map_near)?, Own::ByMarker);
        for guard in [mapping.first() - PAGE, mapping.inner_end()] {
            // SAFETY: LARGE-1: a page of the range, which nobody knows of.
            if !unsafe { guards::mark(pointer(guard), PAGE) } {
                mapping.unmap();
                return Err(Errno::NO_MEMORY);
            }
        }
        Ok(mapping)
    }

    fn with_mappings(&self) -> Result<Mapping, Errno> {
        let mapping = self.cut_out(self.ask(sys::reserve_near)?, Own::ByMapping);
        let committed = sys::make_writable(pointer(mapping.first()), self.pages);
        committed.map(|()| mapping).inspect_err(|_| mapping.unmap())
    }

    /// A new range in which pages at that alignment are, with a guard page on both sides.
    fn ask(&self, map: impl Fn(usize, usize) -> Result<*mut u8, Errno>) -> Result<*mut u8, Errno> {
        let len = self.pages.checked_add(self.align + PAGE).ok_or(Errno::NO_MEMORY)?;
        map(apart::wish(len), len)
    }

    /// The block's range in the one that [`Place::ask`] has made.
    fn cut_out(&self, start: *mut u8, own: Own) -> Mapping {
        let (start, len) = (start.expose_provenance(), self.pages + self.align + PAGE);
        stats::RESERVED.add(len);
        let mut mapping = self.lay_out(start, len, own);
        mapping.trim(mapping.first() - PAGE, mapping.inner_end() + PAGE);
        mapping
    }

    fn lay_out(&self, start: usize, len: usize, own: Own) -> Mapping {
        let first = align_up(start + PAGE, self.align);
        let Self { pages, front, .. } = *self;
        let (address, inner) = (first + front, pages - front);
        Mapping { start, len, address, inner, front, guarded: true, is_rest: false, own }
    }
}

/// Whether mappings may go on being spent: a third of what the process may have; the quarantine has a
/// twelfth.
fn has_mappings() -> bool {
    stats::GUARDED.get() < (mapping_limit() / 6) as u64
}

impl Mapping {
    /// Makes a freed block with pages of its own inaccessible and gives the pages back. Whether markers did.
    ///
    /// # Safety
    /// The caller owns the mapping, and it holds nothing live.
    pub(super) unsafe fn seal(&self) -> Result<bool, Errno> {
        let start = pointer(self.start);
        // A block that the program has locked takes no markers.
        // SAFETY: LARGE-1, and the caller vouches for the contents.
        if self.own == Own::ByMarker && unsafe { guards::mark(start, self.len) } {
            return Ok(true);
        }
        // As the guards are, so that it is one mapping with them.
        // SAFETY: LARGE-1, as above.
        unsafe { sys::seal(start, self.len) }.map(|()| false)
    }
}

/// Says once that blocks have to do without.
#[cold]
fn tell() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.swap(true, Relaxed) {
        let text = b"DAM: own_pages: the system has no more mappings; further blocks as in profile hardened\n";
        sys::write_all(2, text);
    }
}
