//! Looks at blocks that nobody has asked about (`patrol`): those a thread made and freed last, and the free places
//! beside one that is freed.
//!
//! Finds: damage without the damaged block's being freed. Costs: a few cache lines that are mostly at hand.

use crate::config::limits::CANARY;
use crate::config::options::PATROL;
use crate::guard::Operation;
use crate::sync::atomic::Ordering::Relaxed;

use super::hardened::{Hardened, Place, condemn, fault_of_free, is_end_written, written};
use super::{check, class, damage, judge, record, window};

/// Looks at the block that this thread made last and at the one it freed last.
#[inline(always)]
pub fn look_at_last(own: &mut Hardened) {
    if !PATROL.is_on() {
        return;
    }
    let made = core::mem::take(&mut own.made);
    if made.index != 0 {
        look_at_live(made.class as usize, made.index);
    }
    let freed = core::mem::take(&mut own.freed);
    if freed.index == 0 || own.waiting.newest() != Some(freed) {
        return;
    }
    let (class, slot) = (freed.class as usize, class::SLOT[freed.class as usize] as usize);
    // SAFETY: HARD-2: it waits, and is ours.
    if unsafe { written(window::of(class).block(class, freed.index), slot.min(LOOK)) }.is_some() {
        found_in_waiting(own, freed);
    }
}

/// The block that was freed last was written to since.
#[cold]
#[inline(never)]
fn found_in_waiting(own: &mut Hardened, freed: Place) {
    own.waiting.forget_newest();
    // SAFETY: HARD-2: it waited, and is ours.
    if let Some(fault) = unsafe { fault_of_free(freed.class as usize, freed.index) } {
        condemn(&fault, Operation::Check);
    }
}

/// Bytes of a freed block that a patrol looks at.
const LOOK: usize = 64 + CANARY;
/// Bytes of a free place that are looked at on the side of the block that is freed, its canary included.
const LOOK_BESIDE: usize = 32 + CANARY;
/// Slots that are so short that a write a little behind one's end lands beyond the next one's canary.
const SHORT: usize = 32;

/// Looks at the slots beside one that are not live: nobody else will, until they are used. One on either side, two
/// where they are so short that a write beside a block easily lands beyond the next one.
#[inline(always)]
pub fn look_at_neighbours(place: Place, own: &Hardened, in_stock: &dyn Fn(u32) -> bool) {
    let (class, index) = (place.class as usize, place.index);
    let slot = index & ((1 << class::POOL_LOG2[class]) - 1);
    let reach = if class::SLOT[class] as usize > SHORT { 1 } else { 2 };
    let last = (slot + reach).min(class::usable_end(class) as u32 - 1);
    let extent = window::of(class).extent();
    for near in index - reach.min(slot)..=index - slot + last {
        if near != index && near < extent && window::of(class).record(near).load(Relaxed) == 0 {
            look_at_free(class, near, near < index, own, in_stock);
        }
    }
}

/// Looks at a block, if there is one.
#[inline(always)]
fn look_at_live(class: usize, index: u32) {
    if let Some(size) = record::size(window::of(class).record(index).load(Relaxed))
        // SAFETY: SMALL-3: below the extent; what is found counts only where it is confirmed.
        && !unsafe { damage::is_intact(window::of(class).block(class, index), size, class::SLOT[class] as usize) }
    {
        check::look_at_live(class, index);
    }
}

/// Looks at a slot that is not live. Only where it is in no other thread's hands, who may be about to make a block of
/// it, does what is found count.
#[inline(always)]
fn look_at_free(
    class: usize,
    index: u32,
    in_front: bool,
    own: &Hardened,
    in_stock: &dyn Fn(u32) -> bool,
) {
    let slot = class::SLOT[class] as usize;
    let part = slot.min(LOOK_BESIDE);
    let skipped = if in_front { slot - part } else { 0 };
    let block = window::of(class).block(class, index);
    // SAFETY: SMALL-3: below the extent.
    let written = unsafe {
        written(block.add(skipped), part).is_some()
            || !in_front && slot <= SHORT && is_end_written(block, slot)
    };
    if written {
        confirm_written(class, index, own, in_stock);
    }
}

#[cold]
#[inline(never)]
fn confirm_written(class: usize, index: u32, own: &Hardened, in_stock: &dyn Fn(u32) -> bool) {
    // SAFETY: SMALL-3: below the extent.
    let fault = || unsafe { fault_of_free(class, index) };
    let place = Place { class: class as u32, index };
    let is_unused = index & ((1 << class::POOL_LOG2[class]) - 1) == 0;
    if (is_unused
        || in_stock(index)
        || own.waiting.holds(place)
        || judge::is_free_in_pool(class, index, || fault().is_some()))
        && let Some(fault) = fault()
    {
        condemn(&fault, Operation::Check);
    }
}
