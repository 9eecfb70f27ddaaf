//! Which damaged blocks have been reported: each is once, also when two threads find its damage at the same moment. It may
//! be found by a patrol, by a heap check and by its own free, and while it is in quarantine its address is no other block's.

use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::violation::{Finding, Violation};

/// Blocks that are remembered. Of more, one makes room for another.
const MOST: usize = 1024;

static TOLD: Told<MOST> = Told::new();

/// Whether this damage has not been reported before; remembers it. (Unit tests make and drop heaps: addresses come again.)
pub fn is_news(finding: &Finding<'_>) -> bool {
    let kinds =
        [Violation::HeapBufferOverflow, Violation::HeapBufferUnderflow, Violation::UseAfterFree];
    if cfg!(test) || finding.damage.is_none() || !kinds.contains(&finding.violation) {
        return true;
    }
    // Blocks lie at multiples of 16; none lies at 0.
    TOLD.add(finding.address & !15 | finding.violation as usize)
}

/// A set of numbers that only grows, until it is full. A number stands at the first place, from its own on, that was free: so
/// two threads that add it come to the same place, and one of them has it.
struct Told<const PLACES: usize>([AtomicUsize; PLACES]);

impl<const PLACES: usize> Told<PLACES> {
    const fn new() -> Self {
        Self([const { AtomicUsize::new(0) }; PLACES])
    }

    /// Adds a number, not 0; false if it was there.
    fn add(&self, number: usize) -> bool {
        let own = (number >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let (front, back) = self.0.split_at(own % PLACES);
        for place in back.iter().chain(front) {
            match place.compare_exchange(0, number, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(other) if other == number => return false,
                Err(_) => {}
            }
        }
        self.0[own % PLACES].swap(number, Relaxed) != number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn each_is_told_once_until_there_are_too_many() {
        let told: Told<8> = Told::new();
        for number in (16..).step_by(16).take(8) {
            assert!(told.add(number) && !told.add(number), "{number}");
        }
        // One that has no place takes another's, and is told once as well.
        assert!(told.add(1 << 20) && !told.add(1 << 20));
    }

    #[test]
    fn threads_that_find_the_same_tell_it_once() {
        static SHARED: Told<MOST> = Told::new();
        let find = || (16..=16 * 900).step_by(16).filter(|&number| SHARED.add(number)).count();
        let finders: std::vec::Vec<_> = (0..4).map(|_| thread::spawn(find)).collect();
        let told: usize = finders.into_iter().map(|finder| finder.join().unwrap()).sum();
        assert_eq!(told, 900);
    }
}
