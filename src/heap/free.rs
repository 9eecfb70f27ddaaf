//! Release: a pointer finds its tier.

use crate::bits::Kind;
use crate::guard::Operation;
use crate::large;
use crate::middle::{self, store};
use crate::small::damage::needs_door;
use crate::small::judge::Released;
use crate::small::{cache, capacity, class, flush, judge, window, zero};
use crate::space::{self, Claim};
use crate::thread::{self, Front, Shared, State};

use super::{deferred, emergency, hardened, idle_stocks, init, lifetimes, sample, upkeep};

/// A free whose door is not known any more.
pub const UNKNOWN_DOOR: Claim = Claim { operation: Operation::Free, kind: None, size: None };

/// Gives a block back. `size` is what the caller says it asked for, where its door says so. Null is
/// ignored; anything else that is not a live block is reported. `errno` is left alone.
///
/// # Safety
/// The program does not use the block any more.
#[inline(always)]
pub unsafe fn free(block: *mut u8, kind: Kind, size: Option<usize>) {
    let owner = space::window_of(block.addr());
    // A marked block has another canary than the fast path looks for.
    let is_plain = owner < class::CLASSES && !needs_door(kind);
    // SAFETY: HEAP-1: `owner` is the class of the block's window.
    if is_plain && unsafe { free_fast(owner, block, kind, size) } {
        return;
    }
    // SAFETY: HEAP-3.
    unsafe { free_slow(block, kind, size) }
}

/// Gives a block back to the calling thread's stock; false when only a slow path can tell.
///
/// # Safety
/// HEAP-3; the block lies in the window of `class`.
#[inline(always)]
unsafe fn free_fast(class: usize, block: *mut u8, kind: Kind, size: Option<usize>) -> bool {
    let front = Front::here();
    let bin = front.bin(class);
    // SAFETY: THREAD-1, THREAD-3: the thread's bins are ours (the special states' refuse every
    // block), and hidden while the slot moves.
    unsafe {
        let Some(live) = cache::sound(bin, block, kind) else { return false };
        if size.is_some_and(|size| size != live.size) {
            return false;
        }
        front.hide(Shared::get());
        let done = cache::put(bin, &live);
        front.show();
        done
    }
}

/// Puts a block of the middle tier into the calling thread's store; false when it has to be given back.
///
/// # Safety
/// HEAP-3.
unsafe fn to_store(block: *mut u8, claim: &Claim) -> bool {
    // SAFETY: THREAD-1, THREAD-3: the thread's store is ours and hidden.
    Front::with_store(|store| unsafe { store::put(store, block, claim) })
}

/// Gives a block back that the fast path did not take.
///
/// # Safety
/// HEAP-3.
#[cold]
#[inline(never)]
unsafe fn free_slow(block: *mut u8, kind: Kind, size: Option<usize>) {
    // SAFETY: HEAP-3.
    unsafe {
        if block.is_null() || hardened::is_quick() && hardened::free(block, kind, size) {
            return;
        }
        release(block, kind, size);
    }
}

/// By itself, so that the way of a null pointer saves no registers.
///
/// # Safety
/// HEAP-3.
#[inline(never)]
unsafe fn release(block: *mut u8, kind: Kind, size: Option<usize>) {
    let claim = Claim { operation: Operation::Free, kind: Some(kind), size };
    if in_middle(block) {
        lifetimes::note_free(block);
        // SAFETY: HEAP-3.
        if unsafe { to_store(block, &claim) } {
            return;
        }
    }
    let Some(session) = thread::enter() else {
        let owner = space::window_of(block.addr());
        if emergency::owns(owner) {
            emergency::free(block, claim.operation);
            return;
        }
        // SAFETY: THREAD-1: the thread's own state, or null.
        unsafe { deferred::put(thread::own(), block) };
        return;
    };
    init::ensure();
    upkeep::tend(&session);
    hardened::patrol_before_free(&session, block);
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
            lifetimes::note_free(block);
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
    // SAFETY: HEAP-3: the block is the caller's to give up.
    unsafe { judge::compare_claim(class, block, sound, claim) };
    // SAFETY: THREAD-1: the state is ours.
    unsafe { (*state).touched |= 1 << class };
    match judge::release(class, sound) {
        Released::Free => {}
        Released::Dead => return,
        Released::Twice => return judge::returned_twice(class, sound.index),
    }
    if thread::is_closed() {
        // SAFETY: THREAD-1: the state is ours; SMALL-1: the slot is in no other place now.
        return unsafe {
            (*state).bins[class].extent = u64::from(window::of(class).extent());
            hardened::take_back(state, class, sound.index)
        };
    }
    // SAFETY: THREAD-1: the state's bins are ours; SMALL-1: the slot is in no other place now.
    unsafe {
        match sample::wants(state, class) {
            true => sample::take_in(state, class, sound.index),
            false => to_stock(state, class, sound.index),
        }
    }
}

/// Puts the slot of a block that was just freed into the thread's stock, or sends it home.
///
/// # Safety
/// `state` is the calling thread's; the slot is in no other place (SMALL-1).
pub unsafe fn to_stock(state: *mut State, class: usize, index: u32) {
    // SAFETY: THREAD-1: the state's bins are ours.
    unsafe {
        if idle_stocks::is_guest(state, class) && flush::to_neighbour(class, index) {
            return cache::go(&raw mut (*state).bins[class], 1);
        }
        let bin = idle_stocks::bin_in_use(state, class);
        (*bin).extent = u64::from(window::of(class).extent());
        if (*bin).count >= u64::from((*bin).most) {
            capacity::make_room(bin, class);
        }
        idle_stocks::note_free(state, class);
        cache::push(bin, index);
    }
}
