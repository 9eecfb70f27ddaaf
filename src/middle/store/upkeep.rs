//! Which threads have a store, and how blocks leave one for their pools.
//!
//! See [`super`] for what it is and for the invariants cited here.

use crate::config::limits::{STORE_BUSY, STORE_LOOK_MS};
use crate::sync::atomic::{Ordering::Release, fence};
use crate::sys;

use super::{BINS, Counters, Store, add, remove};
use crate::middle::sweep;

/// Notes that the store has no block for a request that it [`serves`]. (A thread that only frees such blocks has no use
/// for them.)
///
/// # Safety
/// STORE-1, from inside the gate: the state is no special one.
pub unsafe fn miss(store: *mut Store) {
    // SAFETY: STORE-1.
    unsafe { (*store).misses += 1 };
}

/// Looks, now and then, whether the thread is busy enough with such blocks for a store to be worth what
/// it keeps apart in the pools: up to `most` bytes. Then only what has lain there since the last look is
/// given up, else, and where it holds more than that, everything.
///
/// # Safety
/// STORE-1, from inside the gate: the state is no special one.
#[inline]
pub unsafe fn look(store: *mut Store, now_ms: u32, most: usize) {
    // SAFETY: STORE-1.
    unsafe {
        if !sys::has_passed((*store).looked_ms, now_ms, STORE_LOOK_MS) {
            return;
        }
        let allocations = (*store).counters.allocations;
        let uses = allocations - (*store).seen + u64::from((*store).misses);
        let passed = now_ms.wrapping_sub((*store).looked_ms);
        ((*store).looked_ms, (*store).seen, (*store).misses) = (now_ms, allocations, 0);
        if uses >= u64::from(passed) * STORE_BUSY && (*store).held <= most {
            (*store).room = most;
            give_up_idle(store);
        } else {
            close(store);
        }
    }
}

/// Gives up what has lain in the store since the last look.
///
/// # Safety
/// STORE-1, from inside the gate.
unsafe fn give_up_idle(store: *mut Store) {
    // SAFETY: STORE-1.
    unsafe {
        for bin in 0..BINS {
            give_up(store, bin, (*store).fewest[bin] as usize);
            (*store).fewest[bin] = (*store).counts[bin];
        }
    }
}

/// Gives up everything and takes the store out of use, until a look finds its thread, which may be the
/// next one by then, busy.
///
/// # Safety
/// STORE-1, from inside the gate.
pub unsafe fn close(store: *mut Store) {
    // SAFETY: STORE-1.
    unsafe {
        (*store).room = 0;
        empty(store);
    }
}

/// Gives up everything.
///
/// # Safety
/// STORE-1, from inside the gate.
pub unsafe fn empty(store: *mut Store) {
    // SAFETY: STORE-1.
    unsafe {
        if (*store).held == 0 {
            return;
        }
        for bin in 0..BINS {
            give_up(store, bin, (*store).counts[bin] as usize);
            (*store).fewest[bin] = 0;
        }
    }
}

/// Gives the `count` oldest blocks of a bin to their pools.
///
/// # Safety
/// STORE-1, from inside the gate; the bin has as many.
unsafe fn give_up(store: *mut Store, bin: usize, count: usize) {
    for _ in 0..count {
        // SAFETY: STORE-1.
        unsafe {
            let entry = (*store).entries[bin][0];
            remove(store, bin, 0);
            let Some((cell, start, mark)) = entry.find() else { continue };
            let length = mark.length();
            (*store).held -= length;
            (*store).counters.given_up += 1;
            // Before the pool counts a free.
            fence(Release);
            add(&raw mut (*store).counters.live_bytes, length as u64);
            cell.hold().take_over(start, mark);
            sweep::after_free(cell);
        }
    }
}

/// In a forked child, the store of a thread that does not exist there: what it holds, and may have been
/// half moved when the fork came, is lost. How many blocks.
///
/// # Safety
/// STORE-1: the thread is gone.
pub unsafe fn forget(store: *mut Store) -> u64 {
    // SAFETY: STORE-1.
    unsafe {
        let blocks = (*store).counts.iter().map(|&count| u64::from(count)).sum();
        (*store).counts = [0; BINS];
        (*store).fewest = [0; BINS];
        (*store).held = 0;
        blocks
    }
}

/// What a store has counted. Its thread may be at work: the values are a moment old, never torn.
///
/// # Safety
/// `store` lives.
pub unsafe fn counters(store: *const Store) -> Counters {
    // SAFETY: the caller's word; by STORE-1 each counter has one writer.
    let (counters, held) = unsafe {
        ((&raw const (*store).counters).read_volatile(), (&raw const (*store).held).read_volatile())
    };
    Counters { cached_bytes: held as u64, ..counters }
}
