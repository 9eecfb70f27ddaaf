//! The end of a thread.
//!
//! The destructor of our key runs among those of the program's keys, which may still allocate and
//! free, and libc frees some blocks after all of them. So it asks to be called again until the last
//! round that there is (the way Scudo does it), and only then gives the state back; calls that come
//! later borrow a state for their own duration.

use core::ffi::c_void;

use crate::sys;

use super::registry;
use super::state::{self, Phase};

/// Rounds of destructors that pthreads grant (`PTHREAD_DESTRUCTOR_ITERATIONS`).
const ROUNDS: usize = 4;

/// Has this thread's end noticed.
pub fn watch() {
    sys::with_thread_exit(leave, 1);
}

extern "C" fn leave(round: *mut c_void) {
    let round = round.addr();
    if round < ROUNDS {
        sys::with_thread_exit(leave, round + 1);
        return;
    }
    let state = state::current();
    if state::phase(state) == Phase::Live {
        finish();
    }
}

/// Gives the state back, from inside the gate so that a fork waits for it.
fn finish() {
    let Some(session) = super::enter() else { return };
    let state = session.state();
    // SAFETY: THREAD-1: ours; from here on this thread has none.
    unsafe { registry::empty(state) };
    drop(session);
    state::set_birth();
    // SAFETY: THREAD-1: emptied just now, and no longer this thread's.
    unsafe { registry::release(state) };
    state::set_gone();
}
