//! Numbers that are given out, the lowest free one each time, and taken back.
#![forbid(unsafe_code)]

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

const WORDS: usize = 64;

/// How many there are.
pub const NUMBERS: usize = WORDS * 64;

/// The numbers in use: a bit for each.
pub struct Numbers([AtomicU64; WORDS]);

impl Numbers {
    /// None in use, but for `first` ones, which never are given out: 63 at the most.
    pub const fn all_but(first: u32) -> Self {
        let mut words = [const { AtomicU64::new(0) }; WORDS];
        words[0] = AtomicU64::new((1 << first) - 1);
        Self(words)
    }

    /// The lowest that is not in use; `None` when all are.
    pub fn take(&self) -> Option<usize> {
        for (at, word) in self.0.iter().enumerate() {
            let lowest = |bits: u64| (bits != u64::MAX).then(|| bits | (bits + 1));
            if let Ok(before) = word.fetch_update(Relaxed, Relaxed, lowest) {
                return Some(at * 64 + before.trailing_ones() as usize);
            }
        }
        None
    }

    /// Whether a number is in use.
    pub fn has(&self, number: usize) -> bool {
        let word = self.0.get(number / 64).map_or(0, |word| word.load(Relaxed));
        word >> (number % 64) & 1 == 1
    }

    /// Takes a number back; false where it was not in use.
    pub fn give_back(&self, number: usize) -> bool {
        let bit = 1 << (number % 64);
        self.0.get(number / 64).is_some_and(|word| word.fetch_and(!bit, Relaxed) & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_given_out_each_time() {
        let numbers = Numbers::all_but(1);
        for expected in 1..NUMBERS {
            assert_eq!(numbers.take(), Some(expected));
        }
        assert_eq!(numbers.take(), None);
        assert!(numbers.give_back(70) && !numbers.has(70) && !numbers.give_back(70));
        assert!(numbers.give_back(3));
        assert_eq!((numbers.take(), numbers.take(), numbers.take()), (Some(3), Some(70), None));
        assert!(!numbers.has(NUMBERS) && !numbers.give_back(NUMBERS));
    }
}
