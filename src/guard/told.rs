//! Which damaged blocks have been reported: each is once, also when two threads find its damage at the same moment. It may
//! be found by a patrol, by a heap check and by its own free, and while it is in quarantine its address is no other block's.

use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use crate::sys;

use super::violation::{Finding, Violation};

/// Blocks that are remembered. Of more, one makes room for another.
const MOST: usize = 1024;

static TOLD: Told<MOST> = Told::new();

/// The bit of a number that says that its report is not written yet: neither an address's nor a kind's.
const UNFINISHED: usize = 8;
/// A place that was one of a report which nobody will write; no number, whose address would be 0.
const FORGOTTEN: usize = 7;
/// Milliseconds that a thread waits for another one's report.
const PATIENCE_MS: u32 = 100;

/// The right, and the duty, to report what was found. Dropped when that is done; its thread is not cancelled before.
pub struct News {
    place: Option<&'static AtomicUsize>,
    _uncancelled: sys::Uncancelled,
}

impl Drop for News {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            place.fetch_and(!UNFINISHED, Relaxed);
        }
    }
}

/// What was reported before, or is being reported by another thread.
pub struct Old(&'static AtomicUsize);

impl Old {
    /// Waits for the end of the report; whether it came. Who writes it may have jumped out of it, or be this very thread.
    pub fn wait(&self) -> bool {
        for _ in 0..PATIENCE_MS {
            if self.0.load(Relaxed) & UNFINISHED == 0 {
                return true;
            }
            sys::sleep_ms(1);
        }
        false
    }
}

/// Whether this damage has not been reported before; remembers it. (Unit tests make and drop heaps: addresses come again.)
pub fn look_up(finding: &Finding<'_>) -> Result<News, Old> {
    let kinds =
        [Violation::HeapBufferOverflow, Violation::HeapBufferUnderflow, Violation::UseAfterFree];
    let uncancelled = sys::Uncancelled::new();
    let news = |place| News { place, _uncancelled: uncancelled };
    if cfg!(test) || finding.damage.is_none() || !kinds.contains(&finding.violation) {
        return Ok(news(None));
    }
    ANY.store(true, Relaxed);
    // Blocks lie at multiples of 16; none lies at 0.
    let added = TOLD.add(finding.address & !15 | finding.violation as usize);
    added.map(|place| news(Some(place))).map_err(Old)
}

/// Something was looked up: it need not be looked for in the child of a fork otherwise.
static ANY: AtomicBool = AtomicBool::new(false);

/// In the child of a fork: the threads that were writing reports are gone. What they had found is news again.
pub fn after_fork() {
    if ANY.load(Relaxed) {
        TOLD.forget_unfinished();
    }
}

/// A set of numbers that only grows, until it is full. A number stands at the first place, from its own on, that was free: so
/// two threads that add it come to the same place, and one of them has it.
struct Told<const PLACES: usize>([AtomicUsize; PLACES]);

impl<const PLACES: usize> Told<PLACES> {
    const fn new() -> Self {
        Self([const { AtomicUsize::new(0) }; PLACES])
    }

    /// Adds a number, not 0, as unfinished; its place. `Err` if it was there.
    fn add(&self, number: usize) -> Result<&AtomicUsize, &AtomicUsize> {
        let own = Self::begin(number);
        let (front, back) = self.0.split_at(own);
        for place in back.iter().chain(front) {
            match place.compare_exchange(0, number | UNFINISHED, Relaxed, Relaxed) {
                Ok(_) => return Ok(place),
                Err(other) if other & !UNFINISHED == number => return Err(place),
                Err(_) => {}
            }
        }
        let place = &self.0[own];
        let other = place.swap(number | UNFINISHED, Relaxed);
        if other & !UNFINISHED == number { Err(place) } else { Ok(place) }
    }

    /// A number's own place.
    fn begin(number: usize) -> usize {
        ((number >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % PLACES
    }

    /// Takes out what is unfinished. The places stay taken, since others may have been passed on to the next ones there.
    fn forget_unfinished(&self) {
        for place in self.0.iter().filter(|place| place.load(Relaxed) & UNFINISHED != 0) {
            place.store(FORGOTTEN, Relaxed);
        }
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
            assert!(told.add(number).is_ok() && told.add(number).is_err(), "{number}");
        }
        // One that has no place takes another's, and is told once as well.
        assert!(told.add(1 << 20).is_ok() && told.add(1 << 20).is_err());
    }

    #[test]
    fn a_report_is_unfinished_until_its_right_is_dropped() {
        static ONE: Told<4> = Told::new();
        let news =
            News { place: Some(ONE.add(16).unwrap()), _uncancelled: sys::Uncancelled::new() };
        let old = Old(ONE.add(16).unwrap_err());
        assert_eq!(old.0.load(Relaxed), 16 | UNFINISHED);
        assert!(!old.wait(), "in vain");
        drop(news);
        assert_eq!(old.0.load(Relaxed), 16);
        assert!(old.wait());
    }

    #[test]
    fn a_child_takes_for_news_what_its_parent_was_still_reporting() {
        let told: Told<4> = Told::new();
        // All begin at the same place.
        let numbers = (16..).step_by(16).filter(|number| Told::<4>::begin(*number) == 1);
        let numbers: std::vec::Vec<_> = numbers.take(3).collect();
        for &number in &numbers {
            told.add(number).unwrap();
        }
        for place in &told.0[2..4] {
            place.fetch_and(!UNFINISHED, Relaxed);
        }
        told.forget_unfinished();
        let is_news = numbers.iter().map(|&number| told.add(number).is_ok());
        assert!(is_news.eq([true, false, false]));
    }

    #[test]
    fn threads_that_find_the_same_tell_it_once() {
        static SHARED: Told<MOST> = Told::new();
        let find =
            || (16..=16 * 900).step_by(16).filter(|&number| SHARED.add(number).is_ok()).count();
        let finders: std::vec::Vec<_> = (0..4).map(|_| thread::spawn(find)).collect();
        let told: usize = finders.into_iter().map(|finder| finder.join().unwrap()).sum();
        assert_eq!(told, 900);
    }
}
