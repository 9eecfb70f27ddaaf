//! Page faults of the process. The system adds them up over all its threads, which takes it longer than all other
//! figures take us; so it is asked ten times a second at the most.

use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use crate::sys;

const OLD_MS: u32 = 100;

/// What the system said last, and when (milliseconds; 0: never).
static FAULTS: AtomicU64 = AtomicU64::new(0);
static ASKED_MS: AtomicU32 = AtomicU32::new(0);

/// Faults up to a tenth of a second ago.
pub fn count() -> u64 {
    let (now, asked) = (sys::now_ms().max(1), ASKED_MS.load(Relaxed));
    if asked == 0 || sys::has_passed(asked, now, OLD_MS) {
        // Who asked earlier and comes later does not take the count down.
        FAULTS.fetch_max(sys::page_faults(), Relaxed);
        ASKED_MS.store(now, Relaxed);
    }
    FAULTS.load(Relaxed)
}

/// In the child of a fork, which begins at none.
pub fn after_fork() {
    FAULTS.store(0, Relaxed);
    ASKED_MS.store(0, Relaxed);
}
