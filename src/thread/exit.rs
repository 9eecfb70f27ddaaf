//! The end of a thread.
//!
//! Our key is the first that the process makes, so its destructor runs before those of the
//! program's keys, which may still allocate and free; and libc frees some blocks after all of them.
//! The state is given back at once all the same: calls that come later borrow a state for their own
//! duration. A thread whose first allocation comes from a destructor is noticed in the next round.

use core::ffi::c_void;

use crate::sys;

use super::registry;
use super::state::{self, Phase};

/// Has this thread's end noticed.
pub fn watch() {
    sys::with_thread_exit(leave, 1);
}

extern "C" fn leave(_: *mut c_void) {
    if state::phase(state::current()) == Phase::Live {
        finish();
    }
}

/// Gives the state back. Its stocks go home inside the gate, so that a fork waits for it.
fn finish() {
    let Some(session) = super::enter() else { return };
    let state = session.state();
    // SAFETY: THREAD-1: ours.
    unsafe { registry::empty(state) };
    // From here on this thread has no state; a signal handler must not fill the stocks again.
    state::set_birth();
    drop(session);
    // SAFETY: THREAD-1: emptied just now, and no longer this thread's.
    unsafe { registry::release(state) };
    state::set_gone();
}
