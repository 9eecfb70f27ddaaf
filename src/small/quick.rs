//! Small blocks of the hardened profile where nothing is amiss: the short way through what [`hardened`], [`mod@patrol`] and
//! [`waiting`] do at length.
//!
//! Each function does all its work, or finds something unusual and has changed nothing that the long way would not do
//! again. It looks at the same as that does, and leaves saying what is wrong to it. Runs without a lock while the thread's
//! signal handlers find other bins (SMALL-6).
//!
//! - QUICK-1: where `FULL`, `zero_on_free`, `fill_slack`, `random_slots` and `canaries=address` are on (HARD-1).
//!
//! [`hardened`]: mod@super::hardened
//! [`waiting`]: mod@super::waiting

use core::ptr::{self, NonNull};
use core::sync::atomic::compiler_fence;

use crate::bits::{Kind, align_down};
use crate::config::limits::{CANARY, SMALL_MAX};
use crate::config::options::{DELAY_KIB, PATROL, RANDOM_SLOTS, ZERO_ON_FREE};
use crate::guard::canary;
use crate::guard::clear::first_written;
use crate::space::{self, Resize};
use crate::sync::atomic::Ordering::{Relaxed, Release, SeqCst};
use crate::sys::arch;

use super::cache::{self, Bin};
use super::hardened::{FEW, Hardened, Made, Place};
use super::{damage, patrol, quarantine, record};

/// A block of `size` bytes from a thread's stock of a class.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), as is `own`; `size` fits its class.
#[inline(always)]
pub unsafe fn take<const FULL: bool>(
    bin: *mut Bin,
    own: &mut Hardened,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    // SAFETY: SMALL-6: the bin is ours, and holds `count` slots. HARD-2, SMALL-3: the slot taken is ours, and has a record.
    unsafe {
        if !is_clean::<FULL>(own) || (*bin).count as usize <= few::<FULL>(bin) {
            return None;
        }
        let index = pop::<FULL>(bin, own)?;
        hand_out::<FULL>(bin, own, index, size, kind)
    }
}

/// Makes a slot that was taken off a stock a block; `None` where it is not as it was left: then it stays out of use.
///
/// # Safety
/// As for [`take`].
#[inline(always)]
unsafe fn hand_out<const FULL: bool>(
    bin: *mut Bin,
    own: &mut Hardened,
    index: usize,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    // SAFETY: SMALL-6: the bin is ours. HARD-2, SMALL-3: so is the slot, which has a record.
    unsafe {
        let (block, slot) = at(bin, index);
        let record = (*bin).records.add(index);
        if (*record).load(Relaxed) != 0 {
            quarantine::LOST[space::window_of((*bin).base)].fetch_add(1, Relaxed);
            return None;
        }
        let is_end_intact = is_intact_word::<FULL>(block.add(slot - CANARY));
        if !is_end_intact || !is_clear::<FULL>(block, slot - CANARY) {
            let class = space::window_of((*bin).base) as u32;
            own.suspect = Place { class, index: index as u32 };
            quarantine::LOST[class as usize].fetch_add(1, Relaxed);
            return None;
        }
        (*bin).allocations += 1;
        let end = match FULL {
            true => canary::fill_slot(block, size, slot),
            false => {
                damage::mark_end(block, size, slot);
                block.add(align_down(size, 8)).cast()
            }
        };
        let live = record::live(size, kind);
        (*record).store(live, Release);
        own.note(|| Made { block: block.addr(), record, live, end, found: end.read() });
        NonNull::new(block)
    }
}

/// Takes a block back, if it is a live one of this kind and, where `size` says so, of this size, and undamaged.
///
/// # Safety
/// `bins` are the calling thread's (SMALL-6), as is `own`; the block lies in the window of `class`, and the program has given it up.
#[inline(always)]
pub unsafe fn put<const FULL: bool>(
    bins: *mut Bin,
    own: &mut Hardened,
    class: usize,
    block: *mut u8,
    kind: Kind,
    size: Option<usize>,
) -> bool {
    // SAFETY: SMALL-6: the bins are ours. SMALL-4: the words around a live block are canaries. HARD-2: once the record
    // is cleared, the slot is ours.
    unsafe {
        let bin = bins.add(class);
        let Some(live) = cache::locate(bin, block, kind) else { return false };
        if own.made.block == block.addr() {
            own.made.block = 0;
        }
        let slot = (*bin).slot as usize;
        let is_intact = || match FULL {
            true => canary::intact_slot(block, live.size, slot),
            false => damage::is_intact(block, live.size, slot),
        };
        let patrol = PATROL.is_on() && (FULL || ZERO_ON_FREE.is_on());
        if !is_clean::<FULL>(own)
            || size.is_some_and(|size| size != live.size)
            || !is_intact()
            || patrol && !patrol::are_neighbours_clean(bin, class, live.index, block)
            || !make_room(bins, own, class, slot)
            || !live.take(kind)
        {
            return false;
        }
        let place = Place { class: class as u32, index: live.index as u32 };
        take_back::<FULL>(bin, own, place, block, patrol);
        true
    }
}

/// Takes in the slot of a block that was just freed, for which there is room.
///
/// # Safety
/// As for [`put`].
#[inline(always)]
unsafe fn take_back<const FULL: bool>(
    bin: *mut Bin,
    own: &mut Hardened,
    place: Place,
    block: *mut u8,
    patrol: bool,
) {
    // SAFETY: SMALL-6: the bin is ours; HARD-2: so is the slot. Its last word stays canary (SMALL-4).
    unsafe {
        let slot = (*bin).slot as usize;
        if FULL || ZERO_ON_FREE.is_on() {
            clear(block, slot - CANARY);
        }
        if !DELAY_KIB.is_on() {
            return cache::push(bin, place.index);
        }
        own.waiting.add(place, slot);
        cache::go(bin, 1);
        if patrol {
            own.note_freed(block, slot);
        }
    }
}

/// Resizes a block within its slot, if it fits and does not waste half of it; `None` where anything about it is not as it
/// should be.
///
/// # Safety
/// As for [`put`], but that the program keeps the block; `size` is not 0.
#[inline(always)]
pub unsafe fn resize(bin: *mut Bin, block: *mut u8, size: usize) -> Option<Resize> {
    // SAFETY: SMALL-6: the bin is ours. SMALL-4: what lies behind a live block is the allocator's. Who looks at the block
    // meanwhile finds canary behind the size in its record.
    unsafe {
        let live = cache::locate(bin, block, Kind::Malloc)?;
        let slot = (*bin).slot as usize;
        if !canary::intact_slot(block, live.size, slot) {
            return None;
        }
        // A record has room for the tier's sizes alone, though the longest slots have more.
        if size > SMALL_MAX || size > slot - CANARY || size < slot / 2 {
            return Some(Resize::Copy(live.size));
        }
        let record = &*(*bin).records.add(live.index);
        if size < live.size {
            canary::lengthen_slot_canary(block.add(size), block.add(live.size));
        }
        record.store(record::live(size, Kind::Malloc), Release);
        block.add(live.size).write_bytes(0, size.saturating_sub(live.size));
        Some(Resize::InPlace)
    }
}

/// Whether a patrol finds all in order.
///
/// # Safety
/// `own` is the calling thread's.
#[inline(always)]
unsafe fn is_clean<const FULL: bool>(own: &mut Hardened) -> bool {
    // SAFETY: SMALL-3: a record says whether there is a block; HARD-2: a slot that waits is ours.
    unsafe {
        let Made { block, record, live, end, found } = own.made;
        if block != 0 {
            let front = ptr::with_exposed_provenance(block - CANARY);
            // The block's own bytes are in front.
            let differs = || (end.read() ^ found) >> (8 * (live % 8)) != 0;
            if (*record).load(Relaxed) == live && (differs() || !is_intact_word::<FULL>(front)) {
                return false;
            }
            own.made.block = 0;
        }
        if own.freed != 0 {
            if !arch::is_zero(ptr::with_exposed_provenance(own.freed), own.freed_len) {
                return false;
            }
            own.freed = 0;
        }
    }
    own.beyond == 0 && own.suspect.index == 0
}

/// Whether a canary at a multiple of eight is intact.
///
/// # Safety
/// As for [`canary::intact_aligned`].
#[inline(always)]
unsafe fn is_intact_word<const FULL: bool>(at: *const u8) -> bool {
    // SAFETY: QUICK-1, SMALL-4: as the caller says.
    unsafe { if FULL { canary::intact_word(at) } else { canary::intact_aligned(at) } }
}

/// Slots that are too few to draw one of.
///
/// # Safety
/// SMALL-6.
#[inline(always)]
pub unsafe fn few<const FULL: bool>(bin: *const Bin) -> usize {
    // SAFETY: SMALL-6.
    let most = unsafe { (*bin).most };
    if FULL || RANDOM_SLOTS.is_on() { usize::from(most / 4).min(FEW) } else { 0 }
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
        let chosen = own.draw(count);
        let slots = (&raw mut (*bin).slots).cast::<u32>();
        let (index, last) = (slots.add(chosen).read(), slots.add(count - 1).read());
        // Who ends the thread or forks in between loses the last one.
        (*bin).count = count as u64 - 1;
        compiler_fence(SeqCst);
        slots.add(chosen).write(last);
        Some(index as usize)
    }
}

/// The slot with this index, and how long it is.
///
/// # Safety
/// SMALL-6.
#[inline(always)]
unsafe fn at(bin: *const Bin, index: usize) -> (*mut u8, usize) {
    // SAFETY: SMALL-6.
    let (base, slot) = unsafe { ((*bin).base, (*bin).slot as usize) };
    (ptr::with_exposed_provenance_mut(base + index * slot), slot)
}

/// Longer slots are worth a call.
const SHORT: usize = 256;

/// # Safety
/// As for [`arch::is_zero`].
#[inline(always)]
unsafe fn is_clear<const FULL: bool>(at: *const u8, len: usize) -> bool {
    if !FULL && !ZERO_ON_FREE.is_on() {
        return true;
    }
    // SAFETY: HARD-2: the caller's slot.
    unsafe { if len < SHORT { arch::is_zero(at, len) } else { first_written(at, len).is_none() } }
}

/// # Safety
/// As for [`arch::clear`].
#[inline(always)]
unsafe fn clear(at: *mut u8, len: usize) {
    // SAFETY: HARD-2: the caller's slot.
    unsafe { if len < SHORT { arch::clear(at, len) } else { at.write_bytes(0, len) } };
}

/// Lets so many slots go from those that wait to the thread's stocks that one of `class`, of `slot` bytes, may wait; false
/// where a stock has no room. Where none waits, that one's stock is asked.
///
/// # Safety
/// As for [`put`].
#[inline(always)]
unsafe fn make_room(bins: *mut Bin, own: &mut Hardened, class: usize, slot: usize) -> bool {
    let bound = DELAY_KIB.get() as usize * 1024;
    if slot > bound {
        // SAFETY: SMALL-6: the bins are ours.
        return bound == 0 && unsafe { (*bins.add(class)).count < (*bins.add(class)).capacity };
    }
    while !own.waiting.has_room(slot, bound) {
        let Some(oldest) = own.waiting.oldest() else { return false };
        // SAFETY: SMALL-6: the bins are ours; a slot that waits is in no other place.
        unsafe {
            let bin = bins.add(oldest.class as usize);
            if (*bin).count >= (*bin).capacity {
                return false;
            }
            // In this order: a thread that is ended in between loses a slot, and has none twice.
            own.waiting.drop_oldest((*bin).slot as usize);
            cache::come(bin, 1);
            cache::push(bin, oldest.index);
        }
    }
    true
}
