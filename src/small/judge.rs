//! What a pointer that the fast path did not accept really is; quarantine.

use core::ptr;

use crate::bits::Kind;
use crate::guard::{Finding, Operation, Violation, canary, violation};
use crate::space::Claim;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::class;
use super::pool::Inner;
use super::quarantine::{quarantine, withdraw};
use super::record;
use super::window;

/// Frees of sound blocks by another door than they came by. Counted, not reported.
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
/// pool in quarantine and retires the block.
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
    let damage = unsafe { find_damage(block, size) };
    match damage {
        None => Some(Sound { index, record, size }),
        Some((violation, offset)) => {
            retire(class, index);
            quarantine(class, index >> class::POOL_LOG2[class]);
            report_damage(class, index, operation, violation, offset, size);
            None
        }
    }
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
            Ok(_) => return outcome,
            // Damage was found in another block of the pool meanwhile: that is not our caller's.
            Err(now) if now == record::quarantined(sound.record) && now != known => known = now,
            Err(_) => return Released::Twice,
        }
    }
}

/// Compares what the caller claims with what the block is.
pub fn compare_claim(class: usize, block: *mut u8, sound: Sound, claim: Claim) {
    let kind = record::kind(sound.record);
    if let (Some(claimed), Some(kind)) = (claim.kind, kind)
        && claimed != kind
    {
        MISMATCHES.fetch_add(1, Relaxed);
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
    let inside = offset % slot_bytes;
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

/// Which canary of a live block is damaged, and the offset of the first damaged byte.
///
/// # Safety
/// The block is live (SMALL-4).
pub unsafe fn find_damage(block: *mut u8, size: usize) -> Option<(Violation, isize)> {
    // SAFETY: SMALL-4: both words belong to the allocator and are committed.
    unsafe {
        if let Some(at) = canary::first_damage(block.add(size)) {
            return Some((Violation::HeapBufferOverflow, (size + at) as isize));
        }
        let at = canary::first_damage(block.sub(8))?;
        Some((Violation::HeapBufferUnderflow, at as isize - 8))
    }
}

/// Reports damage to the canaries of the block in slot `index`.
pub fn report_damage(
    class: usize,
    index: u32,
    operation: Operation,
    violation: Violation,
    offset: isize,
    size: usize,
) {
    let slot = class::SLOT[class] as usize;
    let address = window::of(class).base() + index as usize * slot;
    let at: *const u8 = ptr::with_exposed_provenance(address.wrapping_add_signed(offset));
    let shown = if offset < 0 { offset.unsigned_abs() } else { (size + 8) - offset as usize };
    let mut bytes = [0u8; 8];
    for (at_byte, byte) in bytes[..shown.min(8)].iter_mut().enumerate() {
        // SAFETY: SMALL-4: the bytes lie in the canary that was just read.
        *byte = unsafe { at.add(at_byte).read() };
    }
    let number = index >> class::POOL_LOG2[class];
    violation::report(&Finding {
        violation,
        operation,
        address,
        size: Some(size),
        damage: Some((offset, &bytes[..shown.min(8)])),
        place: format_args!("small slot {slot}, pool {number} of class {class} quarantined"),
    });
}

/// The end of the block in front of `slot` is damaged, found while `slot` was about to be used
/// again. The pool's lock is held.
#[cold]
pub fn overflow_in_front(inner: &mut Inner, slot: usize) {
    let class = usize::from(inner.class);
    let index = inner.first_slot() + slot as u32 - 1;
    let size = record::size(window::of(class).record(index).load(Relaxed));
    withdraw(inner);
    match size {
        Some(size) => {
            let block = window::of(class).base() + index as usize * class::SLOT[class] as usize;
            // SAFETY: SMALL-4: the slot was live a moment ago; its memory stays committed.
            let found = unsafe { find_damage(ptr::with_exposed_provenance_mut(block), size) };
            let (violation, offset) =
                found.unwrap_or((Violation::HeapBufferOverflow, class::SLOT[class] as isize - 8));
            report_damage(class, index, Operation::Reuse, violation, offset, size);
        }
        None => report_free_slot(class, index),
    }
}

fn report_free_slot(class: usize, index: u32) {
    let slot = class::SLOT[class] as usize;
    violation::report(&Finding {
        violation: Violation::HeapBufferOverflow,
        operation: Operation::Reuse,
        address: window::of(class).base() + index as usize * slot,
        size: None,
        damage: None,
        place: format_args!("the end of a free small slot of {slot} was written; pool quarantined"),
    });
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
        address: window::of(class).base() + index as usize * slot,
        size: None,
        damage: None,
        place: format_args!("freed twice at the same moment; small slot {slot}, pool quarantined"),
    });
}

/// The block will not be reported again, and its slot not be used again.
fn retire(class: usize, index: u32) {
    window::of(class).record(index).store(record::QUARANTINED, Relaxed);
}
