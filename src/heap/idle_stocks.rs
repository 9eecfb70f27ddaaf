//! What lies in a thread's stocks, and programs that get by without slow paths.
//!
//! A stock from which nothing was taken for a while goes home: each of its slots may pin a page. So do the slots of other
//! threads' pools, lest two threads write to one cache line for longer than that (passive false sharing). Memory goes back in
//! slow paths alone, so each look closes the thread's stocks to frees: the next ones take the slow path, and with it
//! comes the next look. When there were many since the last look, the stocks are open again until the next: what
//! that costs is bounded, and a program that frees so often and never needs a slow path is not helped.

use crate::config::options::SAMPLE_FREES;
use crate::small::{Bin, class, flush, refill};
use crate::sys;
use crate::thread::registry::Classes;
use crate::thread::{self, Session, State};

/// Milliseconds between two looks, at the least, or an eighth of the decay where that is less.
const LOOK_MS: u32 = 125;
/// Frees of a class that may take the slow path for it between two looks, some 50 ns each: less than a thousandth of
/// the time.
const MOST_DETOURS: u8 = 128;
/// So many of them, the first ones, are a sample (`heap::sample`).
const SAMPLED: u8 = 8;
/// As long as there were no more, the next slow path looks at the clock.
const FEW_DETOURS: u8 = 64;

/// Frees of a class as a guest.
const MOST_AS_GUEST: u8 = 8;

/// Looks at the calling thread's stocks, if it is time.
pub fn look(session: &Session, now_ms: u32, decay_ms: u32) {
    let state = session.state();
    // SAFETY: THREAD-1: the session's state is ours; its bins are out of its signal handlers' reach (THREAD-3).
    unsafe {
        if (*state).looked_ms == 0 {
            (*state).looked_ms = now_ms.max(1);
            return;
        }
        if !sys::has_passed((*state).looked_ms, now_ms, (decay_ms / 8).clamp(1, LOOK_MS)) {
            return;
        }
        ((*state).looked_ms, (*state).detours) = (now_ms, [0; class::CLASSES]);
        for class in Classes((*state).used) {
            let (bin, seen) = (&raw mut (*state).bins[class], &raw mut (*state).seen[class]);
            let allocations = (*bin).allocations as u32;
            if core::mem::replace(&mut *seen, allocations) == allocations && (*bin).count != 0 {
                flush::flush(bin, class, 0);
            }
            flush::to_neighbours(bin, class);
            (*bin).capacity = 0;
        }
        (*state).watched = (*state).used != 0;
    }
}

/// A free has taken the slow path, perhaps because the stock was closed to it.
///
/// # Safety
/// `state` is the calling thread's.
#[inline]
pub unsafe fn note_free(state: *mut State, class: usize) {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe {
        let bin = &raw mut (*state).bins[class];
        if (*bin).capacity != 0 {
            return;
        }
        let detours = &raw mut (*state).detours[class];
        *detours += 1;
        (*state).quiet = *detours <= FEW_DETOURS;
        if *detours > if (*state).watched { MOST_DETOURS } else { SAMPLED } {
            (*bin).capacity = u64::from((*bin).most);
        }
    }
}

/// Whether a block of the class that is freed now is one of the sample.
///
/// # Safety
/// `state` is the calling thread's.
#[inline]
pub unsafe fn is_sampled(state: *mut State, class: usize) -> bool {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe {
        let bin = &raw const (*state).bins[class];
        (*bin).is_attached() && (*bin).capacity == 0 && (*state).detours[class] < SAMPLED
    }
}

/// The bin of a class. One that is used for the first time is closed like the others, if they have been. (A thread
/// that does not live that long is spared the detours.)
///
/// # Safety
/// `state` is the calling thread's.
#[inline]
pub unsafe fn bin_in_use(state: *mut State, class: usize) -> *mut Bin {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe {
        let bin = &raw mut (*state).bins[class];
        if !(*bin).is_attached() {
            put_to_use(state, class);
        }
        bin
    }
}

/// # Safety
/// As for [`bin_in_use`]; the bin is not in use.
#[cold]
#[inline(never)]
unsafe fn put_to_use(state: *mut State, class: usize) {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe {
        let bin = &raw mut (*state).bins[class];
        refill::attach(bin, &(*state).shelves[class], class);
        (*state).used |= 1 << class;
        (*state).touched |= 1 << class;
        // The first thread begins with a sample.
        let is_first = (*state).id == 1 && SAMPLE_FREES.is_on() && !thread::is_closed();
        if (*state).watched || is_first {
            (*bin).capacity = 0;
            (*state).detours[class] = 0;
        }
    }
}

/// Whether the thread, which frees a block of a class, has not used that class yet: such a block is another
/// thread's (or its own, in a signal handler with a borrowed state), and its slot goes home ([`flush::to_neighbour`]).
/// After a few such frees it has: it seems to be one that only frees.
///
/// # Safety
/// `state` is the calling thread's.
pub unsafe fn is_guest(state: *mut State, class: usize) -> bool {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe {
        let frees = &raw mut (*state).detours[class];
        let is_guest = !(*state).bins[class].is_attached() && *frees < MOST_AS_GUEST;
        *frees += u8::from(is_guest);
        is_guest
    }
}

/// Whether the thread should look at the clock though its turn has not come.
///
/// # Safety
/// `state` is the calling thread's.
#[inline]
pub unsafe fn is_quiet(state: *mut State) -> bool {
    // SAFETY: THREAD-1: the state is ours, as the caller says.
    unsafe { core::mem::replace(&mut (*state).quiet, false) }
}
