//! A place for all figures at once, for those who gather them in the middle of the program's requests: four kilobytes
//! that a thread's stack may not have, least of all the one of a signal handler.
//!
//! - SNAPSHOT-1: the place is written and read by the one thread that holds its [`Claim`].
//! - SNAPSHOT-2: all figures are whole numbers, of which zero is one.

use core::cell::UnsafeCell;

use crate::measure::stats::dam_stats_t;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys;

use super::counted::Counted;
use super::figures::{self, Requested};

/// The figures of a moment.
pub struct Figures {
    /// What was counted.
    pub counted: Counted,
    /// All together.
    pub stats: dam_stats_t,
}

struct Place {
    /// Mark of the thread that has it; 0: none.
    claimed: AtomicUsize,
    figures: UnsafeCell<Figures>,
}

// SAFETY: SNAPSHOT-1.
unsafe impl Sync for Place {}

static PLACE: Place = Place { claimed: AtomicUsize::new(0), figures: UnsafeCell::new(NOTHING) };

const NOTHING: Figures = Figures {
    counted: Counted::NOTHING,
    // SAFETY: SNAPSHOT-2.
    stats: unsafe { core::mem::zeroed() },
};

/// The right to the place.
pub struct Claim(());

/// Claims the place, unless another thread, or one that a handler has interrupted, has it.
pub fn claim() -> Option<Claim> {
    let claimed = PLACE.claimed.compare_exchange(0, sys::thread_mark(), Acquire, Relaxed);
    // Not `then_some`: a claim that is made and dropped gives the place away.
    claimed.is_ok().then(|| Claim(()))
}

/// In the child of a fork: who had claimed it is gone, unless it is the thread that goes on here.
pub fn after_fork() {
    if PLACE.claimed.load(Relaxed) != sys::thread_mark() {
        PLACE.claimed.store(0, Relaxed);
    }
}

impl Claim {
    /// The figures of this moment.
    pub fn gather(&mut self, how: Requested) -> &Figures {
        // SAFETY: SNAPSHOT-1: the claim is borrowed for as long as they are.
        let figures = unsafe { &mut *PLACE.figures.get() };
        figures.counted.count();
        figures::gather(&mut figures.stats, &figures.counted, how);
        figures
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        PLACE.claimed.store(0, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_one_claimers_until_it_lets_go() {
        let first = loop {
            // Another test's thread may be writing the page.
            match claim() {
                Some(claim) => break claim,
                None => crate::sys::sched_yield(),
            }
        };
        for _ in 0..3 {
            assert!(claim().is_none());
        }
        drop(first);
    }
}
