//! The lock of data that is looked at for a few dozen instructions and never across a system call or
//! another lock: the `spin` crate's mutex, which gives itself back by a plain store.
//!
//! Who finds it taken waits for a thread that runs, or that was preempted in those few
//! instructions. So the wait is a short spin and then a nap: a thread of high priority that only
//! yielded would keep the holder from ever running.

use spin::RelaxStrategy;
use spin::mutex::SpinMutex;

use crate::sys;

/// Data behind a leaf lock.
pub type Leaf<T> = SpinMutex<T, Nap>;

/// How often the word is looked at between two naps.
const SPINS: u32 = 200;

/// How a thread waits.
pub struct Nap;

impl RelaxStrategy for Nap {
    fn relax() {
        for _ in 0..SPINS {
            core::hint::spin_loop();
        }
        sys::nap();
    }
}
