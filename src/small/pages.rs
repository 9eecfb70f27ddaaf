//! A set of the pages of a pool.
#![forbid(unsafe_code)]

use core::ops::Range;

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
        pages.for_each(|page| self.0[page / 64] |= 1 << (page % 64));
    }

    /// Whether one of some pages is in the set.
    pub fn has_any(&self, mut pages: Range<usize>) -> bool {
        pages.any(|page| self.0[page / 64] >> (page % 64) & 1 != 0)
    }

    /// Takes pages out; how many of them were in.
    pub fn remove(&mut self, pages: Range<usize>) -> usize {
        let mut removed = 0;
        for page in pages {
            removed += (self.0[page / 64] >> (page % 64) & 1) as usize;
            self.0[page / 64] &= !(1 << (page % 64));
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

    /// The first page at `from` or behind it that is in the set, or, with all bits `flipped`, is not.
    fn first_from(&self, from: usize, flipped: u64) -> Option<usize> {
        (from / 64..WORDS).find_map(|at| {
            let behind = u64::MAX << (from.max(at * 64) % 64);
            let word = (self.0[at] ^ flipped) & behind;
            (word != 0).then(|| at * 64 + word.trailing_zeros() as usize)
        })
    }
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
        let mut others = Pages::NONE;
        others.insert(0..320);
        pages.remove_all(&others);
        assert!(pages.is_empty());
    }
}
