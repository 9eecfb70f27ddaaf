//! Clearing a new block without touching pages that are zero already.
//!
//! Fresh pages and purged ones read as zeros; a pool knows which pages of a free block are other
//! than that. What is known is copied under the pool's lock, and cleared without it. What the program itself wrote to
//! such a page, which was no block's, is not known, and only looked for with `zero_on_free` ([`super::wiped`]).
//!
//! - STALE-1: a block that was just handed out belongs to the thread that clears it.

use core::ops::Range;

use crate::bits::PAGE;
use crate::config::limits::MIDDLE_MAX;

use super::bitmap::PageSet;
use super::map::Block;

/// Pages of the longest block that begins and ends inside a page, in words of a `PageSet` that it
/// begins and ends inside.
const WORDS: usize = (MIDDLE_MAX / PAGE + 1).div_ceil(64) + 1;

/// Which pages of a new block may hold something else than zeros.
pub struct StalePages {
    /// The page that bit 0 stands for.
    origin: usize,
    words: [u64; WORDS],
}

impl StalePages {
    /// Of no block yet.
    pub const NONE: Self = Self { origin: 0, words: [0; WORDS] };

    /// Of a block at `start` that is zero.
    pub fn none_of(start: usize) -> Self {
        Self { origin: start / PAGE / 64 * 64, ..Self::NONE }
    }

    /// The stale pages of `[start, start + len)` of a pool, which is about to be cut from `free`.
    pub fn of(dirty: &PageSet, free: Block, start: usize, len: usize) -> Self {
        let origin = start / PAGE / 64 * 64;
        let mut pages = Self { origin, words: dirty.copy_words(start / PAGE) };
        // Of a page that is shared with a neighbour nothing is known.
        for page in [start / PAGE, (start + len - 1) / PAGE] {
            if page * PAGE < free.start || (page + 1) * PAGE > free.end {
                pages.words[(page - origin) / 64] |= 1 << (page % 64);
            }
        }
        pages
    }

    fn contains(&self, page: usize) -> bool {
        self.words.get((page - self.origin) / 64).is_none_or(|word| word >> (page % 64) & 1 != 0)
    }

    /// The stale pages among `pages`, in runs.
    fn runs(&self, pages: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let mut rest = pages;
        core::iter::from_fn(move || {
            let start = rest.clone().find(|&page| self.contains(page))?;
            let end = (start..rest.end).find(|&page| !self.contains(page)).unwrap_or(rest.end);
            rest = end..rest.end;
            Some(start..end)
        })
    }

    /// Clears what is stale of the `len` bytes at `block`, which is at `offset` of its pool.
    ///
    /// # Safety
    /// The bytes are those this was made of, and nobody else knows of the block (STALE-1).
    pub unsafe fn clear(&self, block: *mut u8, offset: usize, len: usize) {
        for run in self.runs(offset / PAGE..(offset + len).div_ceil(PAGE)) {
            let start = (run.start * PAGE).max(offset) - offset;
            let end = (run.end * PAGE).min(offset + len) - offset;
            // SAFETY: STALE-1: inside the block.
            unsafe { block.add(start).write_bytes(0, end - start) };
        }
    }
}
