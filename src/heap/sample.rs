//! A sample of the frees is treated as `hardened` treats all (`sample_frees`): a block is cleared, waits, and must be
//! clear when its place goes to the stock. Its beginning is looked at in each slow path until another one comes.
//!
//! Finds: a write to a freed block, if that was one of the sample. Stops, for those alone: reading what a freed block
//! held, and getting its place with the next request. A use after free that happens again and again will be among
//! them. Costs: clearing a few blocks eight times a second, and what waits.
//!
//! The sample is what takes the slow path anyway: the first frees of a class after a look at the thread's stocks
//! ([`idle_stocks`]), with which the first thread begins. (The middle tier has a sample of its own, `middle::waiting`.)

use crate::config::limits::CANARY;
use crate::config::options::SAMPLE_FREES;
use crate::guard::Operation;
use crate::small::hardened::{Place, condemn};
use crate::small::patrol::LOOK;
use crate::small::waiting::written;
use crate::small::{cache, class, window};
use crate::thread::{self, Session, State};

use super::{free, idle_stocks};

/// Bytes that wait, for each thread.
const BOUND: usize = 16 << 10;

/// Whether a block of the class that is freed now is one of the sample.
///
/// # Safety
/// `state` is the calling thread's; the fast paths are open.
pub unsafe fn wants(state: *mut State, class: usize) -> bool {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    SAMPLE_FREES.is_on() && unsafe { idle_stocks::is_sampled(state, class) }
}

/// Takes in the slot of a block that was just freed; those that have waited long enough go to the stock.
///
/// # Safety
/// As for [`free::to_stock`].
pub unsafe fn take_in(state: *mut State, class: usize, index: u32) {
    let (block, slot) = (window::of(class).block(class, index), class::SLOT[class] as usize);
    // SAFETY: SMALL-1: the slot is ours; its last word stays canary (SMALL-4). THREAD-1 for the state.
    unsafe {
        block.write_bytes(0, slot - CANARY);
        idle_stocks::note_free(state, class);
        let place = Place { class: class as u32, index };
        // It is not in the stock as long as it waits.
        cache::go(&raw mut (*state).bins[class], 1);
        (*state).hardened.waiting.put(place, BOUND, &mut |old| leave(state, old));
    }
}

/// A slot has waited long enough.
///
/// # Safety
/// As for [`free::to_stock`].
unsafe fn leave(state: *mut State, place: Place) {
    // SAFETY: HARD-2: it waited, and is ours; as the caller says.
    unsafe {
        match written(place, usize::MAX) {
            Some(fault) => condemn(&fault, Operation::Reuse),
            None => {
                cache::come(&raw mut (*state).bins[place.class as usize], 1);
                free::to_stock(state, place.class as usize, place.index);
            }
        }
    }
}

/// Looks at the one that came last.
pub fn look(session: &Session) {
    if thread::is_closed() {
        return;
    }
    // SAFETY: THREAD-1: the session's state is ours.
    let waiting = unsafe { &mut (*session.state()).hardened.waiting };
    if let Some(newest) = waiting.newest()
        // SAFETY: HARD-2: it waits, and is ours.
        && let Some(fault) = unsafe { written(newest, LOOK) }
    {
        waiting.forget_newest();
        condemn(&fault, Operation::Check);
    }
}
