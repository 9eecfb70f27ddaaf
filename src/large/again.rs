//! How much of what is freed the program will soon want again.
//!
//! A program that frees much once is through with it. One that had blocks given back
//! and soon after has new ones made works in rounds: up to where it came then, what it frees is kept.
//! So the tier never holds more for it than it had in use at once shortly before.
#![forbid(unsafe_code)]

use crate::config::limits::WARM_AGAIN;
use crate::config::options::DECAY;
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use crate::sys;

/// When a block was last given back though it was young; 0: never.
static GIVEN_BACK: AtomicU32 = AtomicU32::new(0);
/// Bytes in use that the program has come back to …
static LEVEL: AtomicUsize = AtomicUsize::new(0);
/// … and when it last had half of that; 0: never.
static REACHED: AtomicU32 = AtomicU32::new(0);

fn is_recent(time: u32, now: u32) -> bool {
    time != 0 && !sys::has_passed(time, now, DECAY.get())
}

/// A block was given back for want of room, or because it lay idle.
pub fn note_given_back(now: u32) {
    GIVEN_BACK.store(now, Relaxed);
}

/// A block was made that no freed one served; `live` bytes are in use with it.
pub fn note_made(live: usize, now: u32) {
    if is_recent(GIVEN_BACK.load(Relaxed), now) {
        let known = if is_recent(REACHED.load(Relaxed), now) { LEVEL.load(Relaxed) } else { 0 };
        LEVEL.store(known.max(live).min(WARM_AGAIN), Relaxed);
        REACHED.store(now, Relaxed);
    }
}

/// A block was freed; `live` bytes were in use with it.
pub fn note_freed(live: usize, now: u32) {
    if live >= LEVEL.load(Relaxed) / 2 && is_recent(REACHED.load(Relaxed), now) {
        REACHED.store(now, Relaxed);
    }
}

/// Bytes of freed blocks to keep for that, while `live` are in use.
pub fn room(live: usize, now: u32) -> usize {
    match is_recent(REACHED.load(Relaxed), now) {
        true => LEVEL.load(Relaxed).saturating_sub(live),
        false => 0,
    }
}

/// Begins anew.
#[cfg(test)]
pub fn forget() {
    GIVEN_BACK.store(0, Relaxed);
    REACHED.store(0, Relaxed);
}
