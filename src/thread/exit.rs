//! The end of a thread.
//!
//! Our key is the first that the process makes, so its destructor runs before those of the
//! program's keys, which may still allocate and free; and libc frees some blocks after all of them.
//! The state is given back at once all the same: calls that come later borrow a state for their own
//! duration. A thread whose first allocation comes from a destructor is noticed in the next round.

use core::ffi::c_void;

use crate::sync::atomic::Ordering::Relaxed;
use crate::sys;

use super::gate::{enter, is_busy};
use super::state::{self, Phase};

/// Has this thread's end noticed.
pub fn watch() {
    sys::with_thread_exit(leave, 1);
}

extern "C" fn leave(_: *mut c_void) {
    let own = state::own();
    // SAFETY: THREAD-1: null or ours.
    if !own.is_null() && !rescue(unsafe { &mut *own }) {
        return;
    }
    if state::is_settled() {
        finish(Phase::Gone);
    }
}

/// A thread may end in the middle of an operation, by asynchronous cancellation. Where that was a fast
/// path, its bins are sound but for one slot, and it shows itself again; where it was a slow path, what
/// it holds is lost, its locks too. False then.
fn rescue(own: &mut state::State) -> bool {
    // SAFETY: THREAD-1: ours.
    let lost = unsafe { is_busy(own) };
    if state::phase(state::face()) != Phase::Busy {
        return true;
    }
    if lost {
        own.lost.store(1, Relaxed);
    } else {
        state::show_own(own);
    }
    !lost
}

/// At the end of a fork: gives the state back that a thread without one had for it.
pub fn give_back_kept() {
    if !state::is_settled() {
        return;
    }
    // SAFETY: THREAD-1: ours.
    match unsafe { (*state::own()).kept_from } {
        0 => {}
        kept if kept == 1 + Phase::Gone as u32 => finish(Phase::Gone),
        _ => finish(Phase::Empty),
    }
}

/// Gives the state back. Its stocks go home inside the gate, so that a fork waits for it.
fn finish(phase: Phase) {
    if let Some(session) = enter() {
        // SAFETY: THREAD-1: the thread showed a state of its own.
        unsafe { session.end(phase) };
    }
}
