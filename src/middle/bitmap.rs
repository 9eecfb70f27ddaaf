//! Bitmaps with one bit per page (= cell) of a pool.
#![forbid(unsafe_code)]

use core::ops::Range;

use crate::bits::PAGE;
use crate::config::limits::MIDDLE_POOL;

/// Bits of a bitmap.
pub const BITS: usize = MIDDLE_POOL / PAGE;
const WORD: usize = u64::BITS as usize;
const WORDS: usize = BITS / WORD;
const SUMMARY: usize = WORDS / WORD;

const _: () = assert!(BITS.is_multiple_of(WORD * WORD));

/// The first set bit at `from` or behind it.
fn first_set(words: &[u64], from: usize) -> Option<usize> {
    let mut word = from / WORD;
    let mut bits = words.get(word)? & (!0 << (from % WORD));
    while bits == 0 {
        word += 1;
        bits = *words.get(word)?;
    }
    Some(word * WORD + bits.trailing_zeros() as usize)
}

/// The last set bit in front of `end`, which is a bit of `words` or the one behind its last.
fn last_set(words: &[u64], end: usize) -> Option<usize> {
    let mut word = end / WORD;
    let mut bits = words.get(word).copied().unwrap_or(0) & !(!0 << (end % WORD));
    while bits == 0 {
        word = word.checked_sub(1)?;
        bits = words[word];
    }
    Some(word * WORD + WORD - 1 - bits.leading_zeros() as usize)
}

/// A set of pages, worked on by ranges. All-zero is the empty set.
#[repr(C)]
pub struct PageSet {
    words: [u64; WORDS],
    len: usize,
}

impl PageSet {
    /// The words a range touches, each with the mask of its bits in the range.
    fn masks(range: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
        let (start, end) = (range.start, range.end.max(range.start));
        (start / WORD..end.div_ceil(WORD)).map(move |word| {
            let low = start.saturating_sub(word * WORD);
            let high = (end - word * WORD).min(WORD);
            let up_to_high = if high == WORD { !0 } else { !(!0 << high) };
            (word, up_to_high & (!0 << low))
        })
    }

    /// Adds the pages of `range`.
    pub fn insert(&mut self, range: Range<usize>) {
        for (word, mask) in Self::masks(range) {
            let new = mask & !self.words[word];
            self.words[word] |= mask;
            self.len += new.count_ones() as usize;
        }
    }

    /// Removes the pages of `range`.
    pub fn remove(&mut self, range: Range<usize>) {
        for (word, mask) in Self::masks(range) {
            let gone = mask & self.words[word];
            // Often none, and to count bits takes a while.
            if gone != 0 {
                self.words[word] &= !mask;
                self.len -= gone.count_ones() as usize;
            }
        }
    }

    /// Removes all pages.
    pub fn clear(&mut self) {
        self.words.fill(0);
        self.len = 0;
    }

    /// How many pages are in the set.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether `page` is in the set.
    pub fn contains(&self, page: usize) -> bool {
        self.words.get(page / WORD).is_some_and(|word| word >> (page % WORD) & 1 != 0)
    }

    /// Whether no page is in the set.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Makes this set equal to `other`.
    pub fn copy_from(&mut self, other: &Self) {
        self.words = other.words;
        self.len = other.len;
    }

    /// The first run of pages at `from` or behind it that are in both sets, at most `longest` long.
    pub fn first_common_run(
        &self,
        other: &Self,
        from: usize,
        longest: usize,
    ) -> Option<Range<usize>> {
        let mut word = from / WORD;
        let mut keep = !0 << (from % WORD);
        while word < WORDS {
            let bits = self.words[word] & other.words[word] & keep;
            if bits != 0 {
                let start = word * WORD + bits.trailing_zeros() as usize;
                let in_both = |&page: &usize| self.contains(page) && other.contains(page);
                let len = (start..BITS).take(longest).take_while(in_both).count();
                return Some(start..start + len);
            }
            word += 1;
            keep = !0;
        }
        None
    }

    /// Copies the words from the one that holds `page` on; those past the end are empty.
    pub fn copy_words<const N: usize>(&self, page: usize) -> [u64; N] {
        let first = page / WORD;
        core::array::from_fn(|at| self.words.get(first + at).copied().unwrap_or(0))
    }
}

/// A set of cells in which the neighbours of a cell are found in constant time.
#[repr(C)]
pub struct Starts {
    cells: [u64; WORDS],
    /// A bit per word of `cells`: whether it is other than 0.
    words: [u64; SUMMARY],
}

impl Starts {
    /// Adds `cell`.
    pub fn insert(&mut self, cell: usize) {
        let word = cell / WORD;
        self.cells[word] |= 1 << (cell % WORD);
        self.words[word / WORD] |= 1 << (word % WORD);
    }

    /// Removes `cell`.
    pub fn remove(&mut self, cell: usize) {
        let word = cell / WORD;
        self.cells[word] &= !(1 << (cell % WORD));
        if self.cells[word] == 0 {
            self.words[word / WORD] &= !(1 << (word % WORD));
        }
    }

    /// Whether `cell` is in the set.
    pub fn contains(&self, cell: usize) -> bool {
        self.cells.get(cell / WORD).is_some_and(|word| word >> (cell % WORD) & 1 != 0)
    }

    /// The first cell of the set at `from` or behind it.
    pub fn first_from(&self, from: usize) -> Option<usize> {
        let word = from / WORD;
        let here = self.cells.get(word)? & (!0 << (from % WORD));
        if here != 0 {
            return Some(word * WORD + here.trailing_zeros() as usize);
        }
        let word = first_set(&self.words, word + 1)?;
        Some(word * WORD + self.cells[word].trailing_zeros() as usize)
    }

    /// The last cell of the set in front of `end`, a cell's number.
    pub fn last_before(&self, end: usize) -> Option<usize> {
        let word = end / WORD;
        let here = self.cells.get(word)? & !(!0 << (end % WORD));
        if here != 0 {
            return Some(word * WORD + WORD - 1 - here.leading_zeros() as usize);
        }
        let word = last_set(&self.words, word)?;
        Some(word * WORD + WORD - 1 - self.cells[word].leading_zeros() as usize)
    }

    /// Whether the summary agrees with the cells.
    pub fn is_sound(&self) -> bool {
        self.cells.iter().enumerate().all(|(word, &cells)| {
            let noted = self.words[word / WORD] >> (word % WORD) & 1 != 0;
            noted == (cells != 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::vec::Vec;

    #[test]
    fn ranges_behave_like_a_set_of_pages() {
        let mut set = PageSet { words: [0; WORDS], len: 0 };
        let mut model = BTreeSet::new();
        let mut random = crate::middle::tests::Random::new();
        for _ in 0..2000 {
            let start = random.below(BITS);
            let end = (start + random.below(300)).min(BITS);
            if random.below(2) == 0 {
                set.insert(start..end);
                model.extend(start..end);
            } else {
                set.remove(start..end);
                model.retain(|page| !(start..end).contains(page));
            }
            let (probe, edge) = (random.below(BITS), [start.saturating_sub(1), start, end]);
            for page in edge.into_iter().chain([probe]).filter(|&page| page < BITS) {
                assert_eq!(set.contains(page), model.contains(&page), "{page}; {random}");
            }
        }
        assert_eq!((0..BITS).filter(|&page| set.contains(page)).count(), model.len(), "{random}");
        assert_eq!(set.len(), model.len(), "{random}");
        set.insert(0..BITS);
        set.remove(0..BITS);
        assert!(set.is_empty());
    }

    #[test]
    fn common_runs_are_cut_and_complete() {
        let mut a = PageSet { words: [0; WORDS], len: 0 };
        let mut b = PageSet { words: [0; WORDS], len: 0 };
        a.insert(10..200);
        b.insert(60..100);
        b.insert(190..300);
        let runs = |longest| {
            let mut from = 0;
            core::iter::from_fn(|| {
                let run = a.first_common_run(&b, from, longest)?;
                from = run.end;
                Some(run)
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(runs(1000), [60..100, 190..200]);
        assert_eq!(runs(32), [60..92, 92..100, 190..200]);
    }

    #[test]
    fn neighbours_are_found() {
        let mut starts = Starts { cells: [0; WORDS], words: [0; SUMMARY] };
        let mut model = BTreeSet::new();
        let mut random = crate::middle::tests::Random::new();
        for _ in 0..20_000 {
            let cell = random.below(BITS);
            // Mostly removals: long gaps are what the summary is for.
            if random.below(4) == 0 {
                starts.insert(cell);
                model.insert(cell);
            } else if let Some(found) = starts.first_from(cell) {
                starts.remove(found);
                assert!(model.remove(&found), "{random}");
            }
            let at = random.below(BITS);
            assert_eq!(starts.first_from(at), model.range(at..).next().copied(), "{random}");
            assert_eq!(starts.last_before(at), model.range(..at).next_back().copied(), "{random}");
        }
        assert!(starts.is_sound());
        assert_eq!(starts.first_from(BITS), None);
    }
}
