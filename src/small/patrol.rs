//! Looks at blocks that nobody has asked about (`patrol`): those a thread made and freed last, and the free places
//! beside one that is freed.
//!
//! Finds: damage without the damaged block's being freed. Costs: a few cache lines that are mostly at hand.

use core::ops::Range;
use core::ptr;

use crate::config::limits::CANARY;
use crate::config::options::PATROL;
use crate::guard::{Operation, canary};
use crate::space;
use crate::sync::atomic::Ordering::Relaxed;

use super::cache::Bin;
use super::hardened::{
    Hardened, Made, Place, condemn, condemn_for_reuse, fault_of_free, is_end_written, written,
};
use super::{check, class, judge, window};

/// Looks at the block that this thread made last and at the one it freed last, and at what the short way has found.
pub fn look_at_last(own: &mut Hardened) {
    let Place { class, index } = core::mem::take(&mut own.suspect);
    if index != 0 {
        condemn_for_reuse(class as usize, index);
    }
    if !PATROL.is_on() {
        return;
    }
    let made = core::mem::replace(&mut own.made, Made::NONE);
    // A thread that was ended in the middle may have noted only a part.
    let is_noted = made.block != 0 && !made.record.is_null();
    // SAFETY: SMALL-3: records live as long as their slots.
    if is_noted && unsafe { (*made.record).load(Relaxed) } == made.live {
        let class = space::window_of(made.block);
        let offset = made.block - window::of(class).base();
        check::look_at_live(class, (offset / class::SLOT[class] as usize) as u32);
    }
    let freed = core::mem::take(&mut own.freed);
    if freed == 0 {
        return;
    }
    if let Some(newest) = own.waiting.newest()
        && window::of(newest.class as usize).block(newest.class as usize, newest.index).addr()
            == freed
    {
        look_at_newest(own, newest);
    }
}

fn look_at_newest(own: &mut Hardened, newest: Place) {
    // SAFETY: HARD-2: it waits, and is ours.
    if let Some(fault) = unsafe { fault_of_free(newest.class as usize, newest.index) } {
        own.waiting.forget_newest();
        condemn(&fault, Operation::Check);
    }
}

/// Bytes of a freed block that a patrol looks at.
pub const LOOK: usize = 64 + CANARY;
/// Bytes of a free place that are looked at on the side of the block that is freed, its canary included.
const LOOK_BESIDE: usize = 32 + CANARY;
/// Slots that are so short that a write a little behind one's end lands beyond the next one's canary.
const SHORT: usize = 32;

/// Slots beside one that are looked at: one on either side, two where they are so short that a write beside a block
/// easily lands beyond the next one.
#[inline(always)]
fn reach(slot: usize) -> usize {
    if slot > SHORT { 1 } else { 2 }
}

/// Looks at the slots beside one that are not live: nobody else will, until they are used.
pub fn look_at_neighbours(place: Place, own: &Hardened, in_stock: &dyn Fn(u32) -> bool) {
    let (class, index) = (place.class as usize, place.index);
    let window = window::of(class);
    for near in
        neighbours(class, index as usize, class::SLOT[class] as usize, window.extent() as usize)
    {
        let near = near as u32;
        if near != index && window.record(near).load(Relaxed) == 0 {
            look_at_free(class, near, near < index, own, in_stock);
        }
    }
}

/// The slots of a pool around and with that of an index, as far as they are known to be committed.
#[inline(always)]
fn neighbours(class: usize, index: usize, slot: usize, extent: usize) -> Range<usize> {
    let first = index & !((1 << class::POOL_LOG2[class]) - 1);
    let end = (first + class::usable_end(class)).min(extent);
    index.saturating_sub(reach(slot)).max(first)..(index + reach(slot) + 1).min(end)
}

/// Whether the slots beside one that are not live are as they were left.
///
/// # Safety
/// SMALL-6: `bin` is of this class, and knows that the slot of the index, which begins at `block`, is committed.
#[inline(always)]
pub unsafe fn are_neighbours_clean(
    bin: *const Bin,
    class: usize,
    index: usize,
    block: *const u8,
) -> bool {
    // SAFETY: SMALL-6, SMALL-3: the slots in the same pool below its last page and the extent are committed.
    unsafe {
        let slot = (*bin).slot as usize;
        if slot <= SHORT {
            return are_near_ones_clean(bin, class, index);
        }
        let is_free = |near: usize| (*(*bin).records.add(near)).load(Relaxed) == 0;
        let ends = class::ends_pool(class, index) || index + 1 >= (*bin).extent as usize;
        // In front of slot 1 lies one that nobody ever has.
        !(is_free(index - 1) && is_any_set(block.sub(LOOK_BESIDE))
            || !ends && is_free(index + 1) && is_any_set(block.add(slot)))
    }
}

/// Whether any of the bytes that are looked at beside a block is not zero.
///
/// # Safety
/// They are readable, and at a multiple of eight.
#[inline(always)]
unsafe fn is_any_set(at: *const u8) -> bool {
    const WORDS: usize = (LOOK_BESIDE - CANARY) / 8;
    // SAFETY: SMALL-3, the caller's word. Volatile: another thread may write there, wrongly.
    let [a, b, c, d] = unsafe { at.cast::<[u64; WORDS]>().read_volatile() };
    a | b | c | d != 0
}

/// # Safety
/// As for [`are_neighbours_clean`].
#[inline(never)]
unsafe fn are_near_ones_clean(bin: *const Bin, class: usize, index: usize) -> bool {
    // SAFETY: SMALL-6, SMALL-3, as the caller says.
    unsafe {
        match (*bin).slot {
            16 => are_all_clean::<16>(bin, class, index),
            _ => are_all_clean::<SHORT>(bin, class, index),
        }
    }
}

/// [`are_near_ones_clean`] of slots of so many bytes, 16 or 32.
///
/// # Safety
/// As for [`are_neighbours_clean`].
#[inline(always)]
unsafe fn are_all_clean<const SLOT: usize>(bin: *const Bin, class: usize, index: usize) -> bool {
    // SAFETY: SMALL-6, SMALL-3, as the caller says.
    unsafe {
        let (base, records, extent) = ((*bin).base, (*bin).records, (*bin).extent as usize);
        let around = neighbours(class, index, SLOT, extent);
        let mut near = around.start;
        // The block itself is a live one as yet.
        while near < around.end {
            if (*records.add(near)).load(Relaxed) == 0 {
                let words = ptr::with_exposed_provenance::<u64>(base + near * SLOT);
                let end = words.add(SLOT / 8 - 1);
                let is_end_changed =
                    near > index && end.read_volatile() != 0 && !canary::intact_aligned(end.cast());
                if is_slot_set::<SLOT>(words) || is_end_changed {
                    return false;
                }
            }
            near += 1;
        }
    }
    true
}

/// Whether a slot of so many bytes, 16 or 32, has words that are not zero, but for its last one.
///
/// # Safety
/// It is committed.
#[inline(always)]
unsafe fn is_slot_set<const SLOT: usize>(words: *const u64) -> bool {
    // SAFETY: SMALL-3, the caller's word. Volatile: another thread may write there, wrongly.
    unsafe {
        let first = words.read_volatile();
        if SLOT == 16 {
            return first != 0;
        }
        first | words.add(1).read_volatile() | words.add(2).read_volatile() != 0
    }
}

/// Whether a slot that is not live was written to on the side of the block that is freed.
///
/// # Safety
/// SMALL-3: it is committed.
#[inline(always)]
unsafe fn is_part_written(block: *const u8, slot: usize, in_front: bool) -> bool {
    let part = slot.min(LOOK_BESIDE);
    let skipped = if in_front { slot - part } else { 0 };
    // SAFETY: SMALL-3.
    unsafe {
        written(block.add(skipped), part).is_some()
            || !in_front && slot <= SHORT && is_end_written(block, slot)
    }
}

/// Looks at a slot that is not live. Only where it is in no other thread's hands, who may be about to make a block of
/// it, does what is found count.
fn look_at_free(
    class: usize,
    index: u32,
    in_front: bool,
    own: &Hardened,
    in_stock: &dyn Fn(u32) -> bool,
) {
    let (block, slot) = (window::of(class).block(class, index), class::SLOT[class] as usize);
    // SAFETY: SMALL-3: below the extent.
    if unsafe { is_part_written(block, slot, in_front) } {
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
