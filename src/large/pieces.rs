//! A mapping cut in two, and joined again.

use crate::bits::PAGE;
use crate::sys;

use super::mapping::{Mapping, guards_left, pointer};
use super::stats;

/// Bytes between what were one mapping: a guard page of either.
const GAP: usize = 2 * PAGE;

impl Mapping {
    /// Keeps the first `inner` accessible bytes and makes a mapping of its own of the rest, with guard
    /// pages between them. `None` where there can be none: then nothing has changed.
    ///
    /// # Safety
    /// The caller owns the mapping, and nothing live is behind `inner`, a multiple of the page.
    pub unsafe fn cut(&mut self, inner: usize) -> Option<Self> {
        let gap = self.address + inner;
        let rest = self.inner.checked_sub(inner + GAP).filter(|&rest| rest > 0)?;
        if !(self.guarded && guards_left()) {
            return None;
        }
        // Not mapped anew: what was one mapping of the kernel's can be that again.
        // SAFETY: LARGE-1, and the caller vouches for what is behind `inner`.
        unsafe {
            sys::protect_none(pointer(gap), GAP).ok()?;
            let _ = sys::purge(pointer(gap), GAP);
        }
        let (start, address) = (gap + PAGE, gap + GAP);
        let len = self.end() - start;
        let tail =
            Self { start, len, address, inner: rest, guarded: true, is_rest: true, ..Self::NONE };
        self.len = start - self.start;
        self.inner = inner;
        stats::COMMITTED.sub(GAP);
        stats::GUARDED.add(1);
        Some(tail)
    }

    /// Undoes [`Mapping::cut`]: takes `rest`, which was cut off behind this one, back. False where the
    /// kernel will not have it: then nothing has changed.
    ///
    /// # Safety
    /// The caller owns both, and uses `rest` no more.
    pub unsafe fn join(&mut self, rest: &Self) -> bool {
        if sys::make_writable(pointer(self.inner_end()), GAP).is_err() {
            return false;
        }
        self.len += rest.len;
        self.inner += GAP + rest.inner;
        stats::COMMITTED.add(GAP);
        stats::GUARDED.sub(1);
        true
    }

    /// Whether `rest` was cut off behind this one, and has not moved since.
    pub fn is_before(&self, rest: &Self) -> bool {
        rest.is_rest
            && rest.start == self.end()
            && self.guarded
            && rest.guarded
            && rest.address - self.inner_end() == GAP
    }
}
