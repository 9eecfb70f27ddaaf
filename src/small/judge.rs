//! What a pointer that the fast path did not accept really is; quarantine.

use crate::bits::Kind;
use crate::config::options::MISMATCH;
use crate::guard::{Doors, Finding, Operation, Violation, violation};
use crate::space::Claim;
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, Release},
};

use super::class;
use super::damage::{Damage, Fault, find_damage, is_of_aligned_door, mark_end};
use super::pool::Inner;
use super::quarantine::{LOST, quarantine, withdraw};
use super::record;
use super::window;

/// Frees of sound blocks by another door than they came by. Counted, and reported if so asked.
pub static MISMATCHES: AtomicU64 = AtomicU64::new(0);

/// A sound live block.
#[derive(Clone, Copy)]
pub struct Sound {
    /// Its slot's index.
    pub index: u32,
    /// Its record.
    pub record: u16,
    /// Its requested size.
    pub size: usize,
}

/// Examines a pointer into the window of `class`; reports what is wrong with it. Damage puts the
/// pool in quarantine. A free retires the damaged block, for which it is the end; to any other
/// operation the block stays the program's, and its free will report the damage again.
///
/// # Safety
/// `block` lies in the window of `class`.
pub unsafe fn examine(class: usize, block: *mut u8, operation: Operation) -> Option<Sound> {
    let window = window::of(class);
    let offset = block.addr().wrapping_sub(window.base());
    let slot = class::SLOT[class] as usize;
    let index = offset / slot;
    if !offset.is_multiple_of(slot) || index >= window.extent() as usize {
        refuse(class, block, operation, offset);
        return None;
    }
    let index = index as u32;
    let record = window.record(index).load(Relaxed);
    let Some(size) = record::size(record) else {
        refuse(class, block, operation, offset);
        return None;
    };
    // SAFETY: SMALL-4: the slot is live, so the words around it are ours and committed.
    let damage = unsafe { find_damage(block, size, slot) };
    match damage {
        None => Some(Sound { index, record, size }),
        Some(damage) => {
            if operation == Operation::Free && !retire(class, index, record) {
                // Another thread has freed it between our look at its record and now.
                refuse(class, block, operation, offset);
                return None;
            }
            quarantine(class, index >> class::POOL_LOG2[class]);
            Fault { class, index, damage: Some(damage) }.report(operation);
            None
        }
    }
}

/// The size in the record of the block at an address, if one is live there; nothing else is looked at.
pub fn size_at_sight(class: usize, block: *mut u8) -> Option<usize> {
    let window = window::of(class);
    let offset = block.addr().wrapping_sub(window.base());
    let slot = class::SLOT[class] as usize;
    let index = offset / slot;
    let is_slot = offset.is_multiple_of(slot) && index < window.extent() as usize;
    is_slot.then(|| window.record(index as u32).load(Relaxed)).and_then(record::size)
}

/// What became of a block that was to be taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// Its slot is free and the caller's.
    Free,
    /// Its slot is in quarantine, and stays out of use.
    Dead,
    /// Another thread freed the block between our look and now.
    Twice,
}

/// Takes the block out of use.
pub fn release(class: usize, sound: Sound) -> Released {
    let record = window::of(class).record(sound.index);
    let mut known = sound.record;
    loop {
        let (freed, outcome) = match record::kind(known) {
            Some(_) => (0, Released::Free),
            None => (record::QUARANTINED, Released::Dead),
        };
        match record.compare_exchange(known, freed, Relaxed, Relaxed) {
            Ok(_) => {
                LOST[class].fetch_add(u64::from(outcome == Released::Dead), Relaxed);
                return outcome;
            }
            Err(now) if is_same_block(sound.record, now) => known = now,
            Err(_) => return Released::Twice,
        }
    }
}

/// Whether a record that was `before` is still that of the same block. The mark of quarantine comes
/// when damage is found in another block of the pool; where the heap check looks at a block once
/// more, it comes for a moment and goes. Both are no doing of the program's, while a second free
/// leaves no size, and one that is followed by another allocation mostly another size or kind.
fn is_same_block(before: u16, now: u16) -> bool {
    let marked = record::kind(before).is_none() || record::kind(now).is_none();
    before == now || (marked && record::quarantined(before) == record::quarantined(now))
}

/// Gives a live block a smaller size in its slot, which is then too large for it; false when the
/// block is not live. The mark of quarantine stays.
///
/// # Safety
/// The block has at least `size` bytes and lies in the window of `class`; its program uses no more
/// than `size` of them from here on.
pub unsafe fn relabel(class: usize, block: *mut u8, size: usize) -> bool {
    let window = window::of(class);
    let index = (block.addr() - window.base()) / class::SLOT[class] as usize;
    // SAFETY: SMALL-4: what lies behind the new size is the allocator's. Where the old canary begins
    // less than eight bytes behind, the two agree: who looks now finds the one or the other.
    unsafe { mark_end(block, size, class::SLOT[class] as usize) };
    let resized = |record| record::size(record).map(|_| record::resized(record, size));
    window.record(index as u32).fetch_update(Release, Relaxed, resized).is_ok()
}

/// Compares what the caller claims with what the block is.
///
/// # Safety
/// [`examine`] has just found the block to be `sound`, and nobody has freed it since.
pub unsafe fn compare_claim(class: usize, block: *mut u8, sound: Sound, claim: Claim) {
    // While mismatches are only counted, blocks of aligned doors are not marked.
    // SAFETY: SMALL-4: the block is live, as the caller says.
    let is_marked = MISMATCH.is_on() && unsafe { is_of_aligned_door(block, sound.size) };
    let door = |kind: Kind| if MISMATCH.is_on() { kind } else { kind.plain() };
    let kind = record::kind(sound.record).map(|kind| if is_marked { kind.aligned() } else { kind });
    if let (Some(claimed), Some(kind)) = (claim.kind.map(door), kind)
        && claimed != kind
    {
        MISMATCHES.fetch_add(1, Relaxed);
        if MISMATCH.is_on() {
            return violation::report(&Finding {
                violation: Violation::DeallocMismatch,
                operation: claim.operation,
                address: block.addr(),
                size: Some(sound.size),
                damage: None,
                place: format_args!("{}; small slot {}", Doors(kind, claimed), class::SLOT[class]),
            });
        }
    }
    if let Some(claimed) = claim.size.filter(|&claimed| claimed != sound.size) {
        violation::report(&Finding {
            violation: Violation::SizeMismatch,
            operation: claim.operation,
            address: block.addr(),
            size: Some(sound.size),
            damage: None,
            place: format_args!("freed as {claimed} bytes; small slot {}", class::SLOT[class]),
        });
    }
}

/// A claim that cannot be wrong.
pub const fn no_claim(operation: Operation) -> Claim {
    Claim { operation, kind: None, size: None }
}

/// The door a record's block came by.
pub fn kind_of(record: u16) -> Kind {
    record::kind(record).unwrap_or(Kind::Malloc)
}

/// Reports a pointer that is not a live block.
fn refuse(class: usize, block: *mut u8, operation: Operation, offset: usize) {
    let slot_bytes = class::SLOT[class] as usize;
    let index = offset / slot_bytes;
    // In front of the window's first slot there is none that it could lie in.
    let inside = if block.addr() < window::of(class).base() { 0 } else { offset % slot_bytes };
    let handed_out = inside == 0 && was_handed_out(class, index);
    let violation = if handed_out { Violation::DoubleFree } else { Violation::InvalidFree };
    let start = block.addr() - inside;
    let finding = |place| Finding {
        violation,
        operation,
        address: block.addr(),
        size: None,
        damage: None,
        place,
    };
    if inside != 0 {
        violation::report(&finding(format_args!(
            "not the start of a block: {inside} bytes into the small slot of {slot_bytes} at {start:#x}"
        )));
    } else if handed_out {
        violation::report(&finding(format_args!("the small slot of {slot_bytes} is free already")));
    } else {
        violation::report(&finding(format_args!(
            "no block was ever allocated in this small slot of {slot_bytes}"
        )));
    }
}

fn was_handed_out(class: usize, index: usize) -> bool {
    let window = window::of(class);
    if index >= window.extent() as usize {
        return false;
    }
    let log2 = class::POOL_LOG2[class];
    let slot = index & ((1 << log2) - 1);
    let pool = window.pool(class, (index >> log2) as u32);
    // SAFETY: SMALL-5: descriptors live for ever.
    slot > 0 && slot < usize::from(unsafe { pool.as_ref() }.inner.lock().reach)
}

/// Whether a slot lies free in its pool, and `holds` says yes while it certainly does.
pub fn is_free_in_pool(class: usize, index: u32, holds: impl FnOnce() -> bool) -> bool {
    let log2 = class::POOL_LOG2[class];
    let pool = window::of(class).pool(class, index >> log2);
    // SAFETY: SMALL-5: descriptors live for ever.
    let inner = unsafe { pool.as_ref() }.inner.lock();
    inner.is_free((index & ((1 << log2) - 1)) as usize) && holds()
}

/// The end of the slot in front of `slot` is damaged, found while `slot` was about to be used again.
/// The pool's lock is held; the caller reports what this returns when it is not.
#[cold]
pub fn overflow_in_front(inner: &mut Inner, slot: usize) -> Fault {
    let class = usize::from(inner.class);
    let index = inner.first_slot() + slot as u32 - 1;
    let size = record::size(window::of(class).record(index).load(Relaxed));
    let bytes = class::SLOT[class] as usize;
    let block = window::of(class).block(class, index);
    // SAFETY: SMALL-4: the slot was live a moment ago; its memory stays committed.
    let damage = size.and_then(|size| unsafe {
        // The canary may have been jumped over.
        let end = bytes as isize - 8;
        find_damage(block, size, bytes)
            .or_else(|| Damage::look(block, size, end, Violation::HeapBufferOverflow))
    });
    withdraw(inner);
    Fault { class, index, damage }
}

/// A slot came back to its pool, or was about to be handed out, although it is elsewhere: its block
/// was freed twice at the same moment, by two threads or by a signal handler.
#[cold]
pub fn returned_twice(class: usize, index: u32) {
    quarantine(class, index >> class::POOL_LOG2[class]);
    let slot = class::SLOT[class] as usize;
    violation::report(&Finding {
        violation: Violation::DoubleFree,
        operation: Operation::Reuse,
        address: window::of(class).block(class, index).addr(),
        size: None,
        damage: None,
        place: format_args!("freed twice at the same moment; small slot {slot}, pool quarantined"),
    });
}

/// The block, whose record was seen as `before`, will not be reported again, and its slot not be used again; false where
/// another thread has freed it meanwhile.
fn retire(class: usize, index: u32, before: u16) -> bool {
    let record = window::of(class).record(index);
    let mut known = before;
    loop {
        match record.compare_exchange(known, record::QUARANTINED, Relaxed, Relaxed) {
            Ok(_) => {
                LOST[class].fetch_add(1, Relaxed);
                return true;
            }
            Err(now) if is_same_block(before, now) => known = now,
            Err(_) => return false,
        }
    }
}
