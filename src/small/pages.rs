//! A set of the pages of a pool.
#![forbid(unsafe_code)]

use core::ops::Range;

use crate::bits;

const WORDS: usize = 5;

/// Pages by their numbers within a pool. All-zero memory is the empty set.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Pages([u64; WORDS]);

impl Pages {
    /// Most pages of a pool.
    pub const MOST: usize = WORDS * 64;
    /// None.
    pub const NONE: Self = Self([0; WORDS]);

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds pages.
    pub fn insert(&mut self, pages: Range<usize>) {
        for (at, mask) in words_of(pages) {
            self.0[at] |= mask;
        }
    }

    /// Takes pages out; how many of them were in.
    pub fn remove(&mut self, pages: Range<usize>) -> usize {
        let mut removed = 0;
        for (at, mask) in words_of(pages) {
            removed += (self.0[at] & mask).count_ones() as usize;
            self.0[at] &= !mask;
        }
        removed
    }

    /// Takes all pages of another set out.
    pub fn remove_all(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0).for_each(|(word, other)| *word &= !other);
    }

    /// The first run of pages at `from` or behind it.
    pub fn run_from(&self, from: usize) -> Option<Range<usize>> {
        let start = self.first_from(from, 0)?;
        Some(start..self.first_from(start, u64::MAX).unwrap_or(Self::MOST))
    }

    /// The first page at `from` or behind it that is in the set; with `flip` of all ones, that is not.
    fn first_from(&self, from: usize, flip: u64) -> Option<usize> {
        words_of(from..Self::MOST)
            .map(|(at, mask)| (at, (self.0[at] ^ flip) & mask))
            .find(|&(_, found)| found != 0)
            .map(|(at, found)| at * 64 + found.trailing_zeros() as usize)
    }
}

/// The words that some pages lie in, and their bits there.
fn words_of(pages: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    (pages.start / 64..pages.end.div_ceil(64)).map(move |at| {
        let before = bits::lowest_bits(pages.start.saturating_sub(at * 64));
        (at, bits::lowest_bits(pages.end - at * 64) & !before)
    })
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn runs_across_words() {
        let mut pages = Pages::NONE;
        pages.insert(60..70);
        pages.insert(319..320);
        assert_eq!(pages.run_from(0), Some(60..70));
        assert_eq!(pages.remove(64..100), 6);
        assert_eq!(pages.run_from(61), Some(61..64));
        assert_eq!(pages.run_from(64), Some(319..320));
        assert_eq!(pages.run_from(320), None);
        assert_eq!(pages.remove(5..5) + pages.remove(64..64), 0);
        let mut others = Pages::NONE;
        others.insert(0..320);
        pages.remove_all(&others);
        assert!(pages.is_empty());
    }
}
