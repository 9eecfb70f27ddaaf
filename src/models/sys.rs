//! The platform of a model: a clock that stands still and a futex that sleeps in the model.

use core::sync::atomic::Ordering;

use crate::models::explore::{Condvar, Mutex, yield_now};
use crate::sync::atomic::AtomicU32;

/// One queue for all futex words, as if they all fell into one bucket of the kernel's table.
pub struct Futexes {
    bucket: Mutex<()>,
    sleepers: Condvar,
}

impl Futexes {
    /// Nobody asleep.
    pub fn new() -> Self {
        Self { bucket: Mutex::new(()), sleepers: Condvar::new() }
    }
}

/// Sleeps while the word has this value, until somebody wakes it. No timeout comes to help.
pub fn futex_wait(word: &AtomicU32, expected: u32, _timeout_ms: u32) {
    let futexes = crate::models::world::futexes();
    let bucket = futexes.bucket.lock().unwrap();
    if word.load(Ordering::SeqCst) == expected {
        drop(futexes.sleepers.wait(bucket).unwrap());
    }
}

/// Wakes sleepers. All of them, as some may sleep on other words: a futex may wake without cause.
pub fn futex_wake(_: &AtomicU32, count: u32) {
    let futexes = crate::models::world::futexes();
    let _bucket = futexes.bucket.lock().unwrap();
    if count > 0 {
        futexes.sleepers.notify_all();
    }
}

/// Lets the others go on.
pub fn sched_yield() {
    yield_now();
}

/// Milliseconds; never 0.
pub fn now_ms() -> u32 {
    1
}

/// Models have no fast path that needs it: every access is one of theirs.
pub fn membarrier() -> bool {
    true
}

/// Nobody traces a model.
pub mod probes {
    /// See `sys::probes`.
    pub fn pool_create(_class: usize, _number: usize) {}

    /// See `sys::probes`.
    pub fn pool_empty(_class: usize, _number: usize) {}
}

/// What the fast path has in assembly.
pub mod arch {
    use core::sync::atomic::{AtomicU16, Ordering::Relaxed};

    /// The same number.
    pub fn opaque(number: usize) -> usize {
        number
    }

    /// Entry `index` of a table.
    ///
    /// # Safety
    /// The entry is readable.
    pub unsafe fn load_wide<const OFFSET: usize>(base: *const u8, index: usize) -> usize {
        let table = base.wrapping_add(OFFSET).cast::<AtomicU16>();
        // SAFETY: SMALL-3, as the caller vouches.
        usize::from(unsafe { &*table.add(index) }.load(Relaxed))
    }
}
