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

use crate::bits::{Kind, align_down};
use crate::config::limits::{CANARY, SMALL_MAX};
use crate::config::options::{DELAY_KIB, PATROL, ZERO_ON_FREE};
use crate::guard::canary;
use crate::space::{self, Resize};
use crate::sync::atomic::Ordering::{Relaxed, Release};
use crate::sys::arch;

use super::cache::{self, Bin};
use super::hardened::{Hardened, Made, Place};
use super::{damage, draw, patrol, quarantine, record};

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
        if !is_clean::<FULL>(own) || draw::are_few::<FULL>(bin, (*bin).count as usize) {
            return None;
        }
        let index = draw::pop::<FULL>(bin, own)?;
        hand_out::<FULL>(bin, own, index, size, kind)
    }
}

/// [`take`] for a door that is told by the canary ([`damage::needs_door`]).
///
/// # Safety
/// As for [`take`]; the class has [`damage::DOOR_ROOM`] more.
pub unsafe fn take_marked(
    bin: *mut Bin,
    own: &mut Hardened,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    // SAFETY: QUICK-1 and SMALL-6, as the caller says. SMALL-4: the slot has room for a mark and a canary; the word that a
    // patrol looks at is readable.
    unsafe {
        let block = take::<true>(bin, own, size, kind)?;
        damage::mark_door(block.as_ptr(), size, kind);
        if own.made.block != 0 {
            own.made.found = own.made.end.read();
        }
        Some(block)
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
        let patrol = PATROL.is_on() && (FULL || ZERO_ON_FREE.is_on());
        if !is_clean::<FULL>(own)
            || size.is_some_and(|size| size != live.size)
            || !is_intact::<FULL>(block, live.size, slot, kind)
            || patrol && !patrol::are_neighbours_clean(bin, class, live.index, block)
            || !make_room::<FULL>(bins, own, class, slot)
            || !live.take(kind)
        {
            return false;
        }
        let place = Place { class: class as u32, index: live.index as u32 };
        take_back::<FULL>(bin, own, place, block, patrol);
        true
    }
}

/// Whether a block's canaries are intact, and do not say that it came by a marked door and goes by another.
///
/// # Safety
/// SMALL-4: the block is a live one.
#[inline(always)]
unsafe fn is_intact<const FULL: bool>(
    block: *const u8,
    size: usize,
    slot: usize,
    kind: Kind,
) -> bool {
    // SAFETY: SMALL-4, as the caller says; QUICK-1 where all is on.
    unsafe {
        match FULL {
            true if damage::needs_door(kind) => is_intact_marked(block, size, slot),
            true => canary::intact_slot(block, size, slot),
            false => {
                damage::is_intact(block, size, slot) && !damage::is_of_aligned_door(block, size)
            }
        }
    }
}

/// Whether a block's canaries are intact and say that it came by a marked door.
///
/// # Safety
/// QUICK-1; SMALL-4: the block is a live one.
#[inline(never)]
unsafe fn is_intact_marked(block: *const u8, size: usize, slot: usize) -> bool {
    let marked = size + damage::DOOR_ROOM;
    // SAFETY: SMALL-4: a marked block has room for a canary behind its mark, and another has slack or the next one's front
    // word there.
    unsafe {
        marked + CANARY <= slot
            && damage::is_of_aligned_door(block, size)
            && canary::intact_slot(block, marked, slot)
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
            return draw::push::<FULL>(bin, place.index);
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

/// Slots are cleared without a call, and looked at in smaller steps, if they are shorter.
const SHORT: usize = 256;
/// Bytes that are looked at in one step of a longer one.
const STEP: usize = 64;

/// # Safety
/// As for [`arch::is_zero`].
#[inline(always)]
unsafe fn is_clear<const FULL: bool>(at: *const u8, len: usize) -> bool {
    if !FULL && !ZERO_ON_FREE.is_on() {
        return true;
    }
    let rest = len % STEP;
    // SAFETY: HARD-2: the caller's slot. What is left of a multiple of 16 and eight bytes in steps of 64 is one as well.
    unsafe {
        if len < SHORT {
            return arch::is_zero(at, len);
        }
        arch::is_zero_wide(at, len - rest) && arch::is_zero(at.add(len - rest), rest)
    }
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
unsafe fn make_room<const FULL: bool>(
    bins: *mut Bin,
    own: &mut Hardened,
    class: usize,
    slot: usize,
) -> bool {
    let bound = DELAY_KIB.get() as usize * 1024;
    if slot > bound {
        // SAFETY: SMALL-6: the bins are ours.
        return bound == 0 && unsafe { (*bins.add(class)).count < (*bins.add(class)).capacity };
    }
    // SAFETY: SMALL-6: the bins are ours; a slot that waits is in no other place.
    let bytes = |class: u32| unsafe {
        let bin = bins.add(class as usize);
        ((*bin).count < (*bin).capacity).then_some((*bin).slot as usize)
    };
    own.waiting.make_room(slot, bound, bytes, |oldest| {
        // SAFETY: SMALL-6: as above.
        unsafe {
            let bin = bins.add(oldest.class as usize);
            cache::come(bin, 1);
            draw::push::<FULL>(bin, oldest.index);
        }
    })
}
