//! Two words that are read as they were written together, without a lock: a signal handler may write while the thread it
//! interrupted does.
//!
//! What is written goes to the next of a few places, and counts as soon as its number is the current one. A reader that has been
//! overtaken finds another number at its place, and reads again.

use super::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
    fence,
};

/// A model tries every order, and needs no more.
#[cfg(any(loom, shuttle))]
const PLACES: usize = 3;
#[cfg(not(any(loom, shuttle)))]
const PLACES: usize = 8;

/// The number of a place that is written to.
const IN_WORK: usize = usize::MAX;

struct Place {
    number: AtomicUsize,
    words: [AtomicUsize; 2],
}

/// The two words: zeros at first.
pub struct Pair {
    current: AtomicUsize,
    last: AtomicUsize,
    places: [Place; PLACES],
}

#[allow(clippy::new_without_default)]
impl Pair {
    /// Zeros.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        let places = [const {
            Place { number: AtomicUsize::new(0), words: [const { AtomicUsize::new(0) }; 2] }
        }; PLACES];
        Self { current: AtomicUsize::new(0), last: AtomicUsize::new(0), places }
    }

    /// Zeros. The models' atomics are no constants.
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        let places = core::array::from_fn(|_| Place {
            number: AtomicUsize::new(0),
            words: core::array::from_fn(|_| AtomicUsize::new(0)),
        });
        Self { current: AtomicUsize::new(0), last: AtomicUsize::new(0), places }
    }

    /// Writes both words. Of several writers at a time, one is the last.
    pub fn set(&self, words: [usize; 2]) {
        let (number, place) = self.claim();
        // Who sees one of the words sees that the place is in work.
        fence(Release);
        for (to, word) in place.words.iter().zip(words) {
            to.store(word, Relaxed);
        }
        place.number.store(number, Release);
        self.current.fetch_max(number, Release);
    }

    /// A place for this thread alone: not the current one, which readers need. Who finds it in work sees the number that has
    /// become current since.
    fn claim(&self) -> (usize, &Place) {
        loop {
            let number = self.last.fetch_add(1, Relaxed) + 1;
            let current = self.current.load(Relaxed);
            let place = &self.places[number % PLACES];
            if number % PLACES != current % PLACES && place.number.swap(IN_WORK, AcqRel) != IN_WORK
            {
                return (number, place);
            }
            relax();
        }
    }

    /// Both words, as somebody wrote them.
    pub fn get(&self) -> [usize; 2] {
        loop {
            let number = self.current.load(Acquire);
            let place = &self.places[number % PLACES];
            let before = place.number.load(Acquire);
            let words = [place.words[0].load(Relaxed), place.words[1].load(Relaxed)];
            // What was read is no younger than the number that is read next.
            fence(Acquire);
            if before == number && place.number.load(Relaxed) == number {
                return words;
            }
            relax();
        }
    }
}

/// Others have come in between; they will be done soon.
fn relax() {
    #[cfg(not(any(loom, shuttle)))]
    core::hint::spin_loop();
    #[cfg(any(loom, shuttle))]
    crate::models::explore::yield_now();
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_last_is_read() {
        let pair = Pair::new();
        assert_eq!(pair.get(), [0, 0]);
        for round in 1..100 {
            pair.set([round, round * 3]);
            assert_eq!(pair.get(), [round, round * 3]);
        }
    }
}
