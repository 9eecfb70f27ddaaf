//! Something that is done once, by the thread that comes first, while others wait.

use super::atomic::{AtomicU32, Ordering};
use crate::sys;

const NOT_YET: u32 = 0;
const UNDER_WAY: u32 = 1;
const DONE: u32 = 2;

/// Whether it is done.
pub struct Once(AtomicU32);

// A constant constructor, for statics: `Default` could not be one.
#[allow(clippy::new_without_default)]
impl Once {
    /// Not yet.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        Self(AtomicU32::new(NOT_YET))
    }

    /// Not yet (a model's atomics have no constant constructor).
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Self(AtomicU32::new(NOT_YET))
    }

    /// Whether it is done; what it wrote is visible then.
    #[inline]
    pub fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire) == DONE
    }

    /// Does it, or waits until the thread that does is through.
    pub fn run(&self, body: impl FnOnce()) {
        while self
            .0
            .compare_exchange(NOT_YET, UNDER_WAY, Ordering::Acquire, Ordering::Acquire)
            .is_err()
        {
            if self.is_done() {
                return;
            }
            sys::futex_wait(&self.0, UNDER_WAY, 1);
        }
        body();
        self.0.store(DONE, Ordering::Release);
        sys::futex_wake(&self.0, u32::MAX >> 1);
    }
}
