//! Release: a pointer finds its tier.

use crate::bits::Kind;
use crate::guard::Operation;
use crate::small::judge::Released;
use crate::small::{cache, class, judge, refill, window, zero};
use crate::space::{self, Claim};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::thread::{self, State};
use crate::{large, middle};

use super::{emergency, init, upkeep};

/// A free whose door is not known any more.
pub const UNKNOWN_DOOR: Claim = Claim { operation: Operation::Free, kind: None, size: None };

/// Blocks that signal handlers freed at a bad moment and that had to be forgotten.
pub static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// Gives a block back. `size` is what the caller says it asked for, where its door says so. Null is
/// ignored; anything else that is not a live block is reported. `errno` is left alone.
///
/// # Safety
/// The program does not use the block any more.
#[inline(always)]
pub unsafe fn free(block: *mut u8, kind: Kind, size: Option<usize>) {
    let owner = space::window_of(block.addr());
    if owner < class::CLASSES {
        // SAFETY: THREAD-1: the current state's bins are ours (the special states' refuse every
        // block); HEAP-1: `owner` is the class of the block's window.
        let done = unsafe { cache::put(thread::current_bin(owner), block, kind, size) };
        if done {
            return;
        }
    }
    // SAFETY: HEAP-3.
    unsafe {
        match size {
            None => free_slow(block, kind),
            Some(size) => free_sized_slow(block, kind, size),
        }
    }
}

/// # Safety
/// HEAP-3.
#[cold]
#[inline(never)]
unsafe extern "C" fn free_slow(block: *mut u8, kind: Kind) {
    if !block.is_null() {
        let claim = Claim { operation: Operation::Free, kind: Some(kind), size: None };
        // SAFETY: HEAP-3.
        unsafe { release(block, claim) };
    }
}

/// # Safety
/// HEAP-3.
#[cold]
#[inline(never)]
unsafe extern "C" fn free_sized_slow(block: *mut u8, kind: Kind, size: usize) {
    if !block.is_null() {
        let claim = Claim { operation: Operation::Free, kind: Some(kind), size: Some(size) };
        // SAFETY: HEAP-3.
        unsafe { release(block, claim) };
    }
}

/// Gives a block back from outside the gate.
///
/// # Safety
/// The program does not use the block any more.
pub unsafe fn release(block: *mut u8, claim: Claim) {
    let Some(session) = thread::enter() else {
        let owner = space::window_of(block.addr());
        if emergency::owns(owner) {
            emergency::free(block, claim.operation);
            return;
        }
        // SAFETY: THREAD-1: this thread was interrupted; its state waits.
        let kept = thread::state::phase(thread::current()) == thread::state::Phase::Live
            && unsafe { upkeep::defer(thread::current(), block) };
        FORGOTTEN.fetch_add(u64::from(!kept), Relaxed);
        return;
    };
    init::ensure();
    upkeep::tend(&session);
    // SAFETY: THREAD-1: the session's state is ours; the block as the caller says.
    unsafe { to_tier(session.state(), block, claim) };
}

/// Hands a block to the tier its address belongs to (HEAP-1).
///
/// # Safety
/// `state` is the calling thread's, inside the gate; the program does not use the block any more.
pub unsafe fn to_tier(state: *mut State, block: *mut u8, claim: Claim) {
    let owner = space::window_of(block.addr());
    // SAFETY: HEAP-2, and HEAP-1 by the ranges.
    unsafe {
        if owner < class::CLASSES {
            to_small(state, owner, block, claim);
        } else if owner == zero::WINDOW {
            zero::free(block, claim);
        } else if emergency::owns(owner) {
            emergency::free(block, claim.operation);
        } else if in_middle(block) {
            middle::free(block, claim);
        } else {
            large::free(block, claim);
        }
    }
}

/// Whether an address lies in the middle tier's range.
pub fn in_middle(block: *mut u8) -> bool {
    let (base, len) = space::middle_range();
    block.addr().wrapping_sub(base) < len
}

/// # Safety
/// As for [`to_tier`], of a block in the window of `class`.
unsafe fn to_small(state: *mut State, class: usize, block: *mut u8, claim: Claim) {
    // SAFETY: HEAP-1: the block lies in the class's window.
    let Some(sound) = (unsafe { judge::examine(class, block, claim.operation) }) else { return };
    judge::compare_claim(class, block, sound, claim);
    match judge::release(class, sound) {
        Released::Free => {}
        Released::Dead => return,
        Released::Twice => return judge::returned_twice(class, sound.index),
    }
    // SAFETY: THREAD-1: the state's bins are ours; SMALL-1: the slot is in no other place now.
    unsafe {
        let bin = &raw mut (*state).bins[class];
        if (*bin).capacity == 0 {
            refill::attach(bin, &(*state).shelves[class], class);
            (*state).used |= 1 << class;
        }
        (*bin).extent = window::of(class).extent();
        if (*bin).count >= (*bin).capacity {
            refill::flush(bin, class, (*bin).count.div_ceil(2) as usize);
        }
        cache::push(bin, (*bin).count, sound.index);
    }
}
