//! Which slot of a thread's stock serves next, by lot (`random_slots`).
//!
//! Stops: nothing for certain; who frees and asks for blocks can not tell which places will serve. Costs: slots that are
//! seldom at hand. So the next one is drawn already when the one before it is handed out, and lies on top of the stock from
//! then on, while its memory is fetched: without that, waiting for it was half of what a request took.
//!
//! - DRAW-1: a slot that is `drawn` and lies on top of its stock was drawn from all that lay in it by then. What comes
//!   later is put below it; what is put on top otherwise makes `drawn` 0.

use core::ptr;
use core::sync::atomic::compiler_fence;

use crate::config::limits::CANARY;
use crate::config::options::RANDOM_SLOTS;
use crate::sync::atomic::Ordering::SeqCst;
use crate::sys::prefetch;

use super::cache::{self, Bin};
use super::hardened::{FEW, Hardened};

/// Whether so many slots are too few to draw one of.
///
/// # Safety
/// SMALL-6.
#[inline(always)]
pub unsafe fn are_few<const FULL: bool>(bin: *const Bin, slots: usize) -> bool {
    if slots > FEW {
        return false;
    }
    if !FULL && !RANDOM_SLOTS.is_on() {
        return slots == 0;
    }
    // SAFETY: SMALL-6.
    slots <= usize::from(unsafe { (*bin).most } / 4)
}

/// Takes a slot off a stock, by lot where that is wanted; `None` when it is empty.
///
/// # Safety
/// SMALL-6.
#[inline(always)]
pub unsafe fn pop<const FULL: bool>(bin: *mut Bin, own: &mut Hardened) -> Option<usize> {
    // SAFETY: SMALL-6: a stock holds `count` slots.
    unsafe {
        let count = (*bin).count as usize;
        if count == 0 || !(FULL || RANDOM_SLOTS.is_on()) {
            return cache::pop(bin);
        }
        let top = (&raw const (*bin).slots).cast::<u32>().add(count - 1);
        if top.read() != (*bin).drawn {
            draw_now(bin, own, count);
        }
        let index = top.read() as usize;
        draw(bin, own, count - 1);
        Some(index)
    }
}

/// Where none was drawn beforehand.
///
/// # Safety
/// As for [`draw`].
#[cold]
#[inline(never)]
unsafe fn draw_now(bin: *mut Bin, own: &mut Hardened, count: usize) {
    // SAFETY: SMALL-6, as the caller says.
    unsafe { draw(bin, own, count) };
}

/// Leaves `count` slots in a stock, with one on top that is drawn from them.
///
/// # Safety
/// SMALL-6: it holds so many.
#[inline(always)]
unsafe fn draw(bin: *mut Bin, own: &mut Hardened, count: usize) {
    // SAFETY: SMALL-6.
    unsafe {
        if count == 0 {
            ((*bin).count, (*bin).drawn) = (0, 0);
            return;
        }
        let slots = (&raw mut (*bin).slots).cast::<u32>();
        let (place, top) = (slots.add(own.draw(count)), slots.add(count - 1));
        let (drawn, other) = (place.read(), top.read());
        // Who ends the thread or forks in between loses the one on top, or the drawn one.
        (*bin).count = count as u64 - 1;
        compiler_fence(SeqCst);
        place.write(other);
        top.write(drawn);
        (*bin).drawn = drawn;
        compiler_fence(SeqCst);
        (*bin).count = count as u64;
        fetch(bin, drawn as usize);
    }
}

/// Has the processor fetch what handing out a slot comes near. For reading, though all of it is written to: by `prefetchw`
/// programs were as slow as without, with the most samples at the instruction behind it.
///
/// # Safety
/// SMALL-6.
#[inline(always)]
unsafe fn fetch(bin: *const Bin, index: usize) {
    // SAFETY: SMALL-6.
    let (base, slot, records) = unsafe { ((*bin).base, (*bin).slot as usize, (*bin).records) };
    let block = base + index * slot;
    prefetch::to_read(records.wrapping_add(index).cast());
    let line = |at: usize| prefetch::to_read(ptr::without_provenance(at));
    line(block - CANARY);
    line(block + 64 - CANARY);
    line(block + slot - CANARY);
}

/// Puts a slot into a stock that has room.
///
/// # Safety
/// As for [`cache::push`].
#[inline(always)]
pub unsafe fn push<const FULL: bool>(bin: *mut Bin, index: u32) {
    // SAFETY: SMALL-6; the caller vouches for the room.
    unsafe {
        let count = (*bin).count as usize;
        if count == 0 || !(FULL || RANDOM_SLOTS.is_on()) {
            return cache::push(bin, index);
        }
        let place = (&raw mut (*bin).slots).cast::<u32>().add(count);
        place.write(place.sub(1).read());
        // As in `draw`.
        compiler_fence(SeqCst);
        place.sub(1).write(index);
        compiler_fence(SeqCst);
        (*bin).count = count as u64 + 1;
    }
}
