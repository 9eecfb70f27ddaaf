//! How long small blocks live (`sample_lifetimes`): of a sample, by powers of two of a microsecond.
//!
//! A block of the sample lies in the middle tier, whose frees all come by a slow path; so other small blocks cost
//! nothing, and frees of the middle tier a look at the places. At the most 100 blocks a second are taken, among the
//! requests that a thread's stock cannot serve, and at the most [`FOLLOWED`] are followed at a time: while all of those
//! live, none is added.

use core::ptr::NonNull;

use crate::config::options::SAMPLE_LIFETIMES;
use crate::measure::stats::dam_stats_lifetimes_t;
use crate::sync::atomic::{
    AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys;

use super::upkeep::is_turn;

/// Blocks that are followed at a time.
const FOLLOWED: usize = 128;
/// Milliseconds between two blocks of the sample.
const PAUSE_MS: u32 = 10;
/// The address of a place that is just being filled.
const TAKEN: usize = 1;

/// A block that is followed.
struct Place {
    /// Its address, inverted: what looks for leaks takes a block for lost although it is followed; 0: none.
    block: AtomicUsize,
    born_ns: AtomicU64,
}

static PLACES: [Place; FOLLOWED] =
    [const { Place { block: AtomicUsize::new(0), born_ns: AtomicU64::new(0) } }; FOLLOWED];
static SAMPLED: AtomicU64 = AtomicU64::new(0);
static ENDED: [AtomicU64; 32] = [const { AtomicU64::new(0) }; 32];

/// A block from `allocate`, which is followed from now on, if one is due.
#[inline]
pub fn sample(allocate: impl FnOnce() -> Option<NonNull<u8>>) -> Option<NonNull<u8>> {
    if SAMPLE_LIFETIMES.is_on() { follow(allocate) } else { None }
}

#[cold]
fn follow(allocate: impl FnOnce() -> Option<NonNull<u8>>) -> Option<NonNull<u8>> {
    /// When the last one was taken.
    static LAST: AtomicU32 = AtomicU32::new(0);
    let is_free = |place: &&Place| place.block.load(Relaxed) == 0;
    let place = PLACES.iter().find(is_free)?;
    // The turn is one thread's, and with it the place.
    if !is_turn(&LAST, sys::now_ms(), PAUSE_MS)
        || place.block.compare_exchange(0, TAKEN, Acquire, Relaxed).is_err()
    {
        return None;
    }
    let block = allocate();
    place.born_ns.store(sys::now_ns(), Relaxed);
    place.block.store(block.map_or(0, |block| !block.addr().get()), Release);
    SAMPLED.fetch_add(u64::from(block.is_some()), Relaxed);
    block
}

/// A block is about to be freed.
#[inline]
pub fn note_free(block: *mut u8) {
    if SAMPLE_LIFETIMES.is_on() {
        end(!block.addr());
    }
}

/// The block of this inverted address ends.
#[cold]
fn end(block: usize) {
    let Some(place) = PLACES.iter().find(|place| place.block.load(Acquire) == block) else {
        return;
    };
    let age = sys::now_ns().saturating_sub(place.born_ns.load(Relaxed));
    // Of two threads that free it one is right.
    if place.block.compare_exchange(block, 0, Relaxed, Relaxed).is_ok() {
        ENDED[power_of(age)].fetch_add(1, Relaxed);
    }
}

/// The power of two of a microsecond that an age is below.
fn power_of(age_ns: u64) -> usize {
    ((u64::BITS - (age_ns / 1000).leading_zeros()) as usize).min(ENDED.len() - 1)
}

/// What is known.
pub fn figures() -> dam_stats_lifetimes_t {
    let now = sys::now_ns();
    let mut figures = dam_stats_lifetimes_t {
        size: size_of::<dam_stats_lifetimes_t>() as u64,
        sampled: SAMPLED.load(Relaxed),
        ..Default::default()
    };
    for (figure, ended) in figures.ended.iter_mut().zip(&ENDED) {
        *figure = ended.load(Relaxed);
    }
    for place in PLACES.iter().filter(|place| place.block.load(Acquire) > TAKEN) {
        figures.alive[power_of(now.saturating_sub(place.born_ns.load(Relaxed)))] += 1;
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_go_by_powers_of_two() {
        assert_eq!(power_of(999), 0);
        assert_eq!(power_of(1000), 1);
        assert_eq!(power_of(1999), 1);
        assert_eq!(power_of(2000), 2);
        assert_eq!(power_of(1_000_000_000), 20);
        assert_eq!(power_of(u64::MAX), 31);
    }
}
