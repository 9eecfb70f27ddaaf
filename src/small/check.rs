//! The heap check of the small tier: every record, canary and bitmap.

use core::ptr;

use crate::guard::{Finding, Operation, Violation, violation};
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use crate::sys;

use super::class::{self, CLASSES};
use super::judge;
use super::pool::{Inner, State};
use super::quarantine::withdraw;
use super::record;
use super::window;

/// How often a canary is read again before it counts as damaged: its block may have been freed and
/// its slot handed out anew while we looked.
const TRIES: usize = 4;

/// Checks everything; tells how many faults there are, and reports each where `report` is set. The
/// damage found leads to quarantine, as it does elsewhere.
pub fn run(report: bool) -> usize {
    (0..CLASSES).map(|class| check_class(class, report)).sum()
}

fn check_class(class: usize, report: bool) -> usize {
    let window = window::of(class);
    let mut faults = 0;
    for number in 0..window.pools(class) {
        let pool = window.pool(class, number);
        // SAFETY: SMALL-5: descriptors live for ever.
        let mut inner = unsafe { pool.as_ref() }.inner.lock();
        for slot in 1..u32::from(inner.reach) {
            let index = inner.first_slot() + slot;
            match check_slot(class, index, inner.is_free(slot as usize)) {
                Slot::Sound => {}
                Slot::Astray => faults += bitmap_fault(&mut inner, index, report),
                Slot::Damaged(violation, offset, size) => {
                    faults += 1;
                    withdraw(&mut inner);
                    if report {
                        judge::report_damage(
                            class,
                            index,
                            Operation::Check,
                            violation,
                            offset,
                            size,
                        );
                    }
                }
            }
        }
        faults += usize::from(!counts_agree(&inner));
    }
    faults
}

enum Slot {
    Sound,
    /// Free in the bitmap, live by its record.
    Astray,
    Damaged(Violation, isize, usize),
}

fn check_slot(class: usize, index: u32, free: bool) -> Slot {
    let record = window::of(class).record(index);
    let mut damage = Slot::Sound;
    for _ in 0..TRIES {
        let value = record.load(Acquire);
        let Some(size) = record::size(value) else { return Slot::Sound };
        if free {
            return Slot::Astray;
        }
        match look(class, index, size) {
            None => return Slot::Sound,
            Some((violation, offset)) => damage = Slot::Damaged(violation, offset, size),
        }
    }
    if confirmed(class, index) { damage } else { Slot::Sound }
}

fn look(class: usize, index: u32, size: usize) -> Option<(Violation, isize)> {
    let address = window::of(class).base() + index as usize * class::SLOT[class] as usize;
    // SAFETY: SMALL-3: below the pool's reach slots and the words around them are committed.
    unsafe { judge::find_damage(ptr::with_exposed_provenance_mut(address), size) }
}

/// Whether a block that looks damaged is. Its record is marked as in quarantine for the moment, so
/// that no fast path frees the block and hands its slot out while we look once more.
fn confirmed(class: usize, index: u32) -> bool {
    let record = window::of(class).record(index);
    let value = record.load(Acquire);
    let marked = record::quarantined(value);
    let Some(size) = record::size(value) else { return false };
    if record.compare_exchange(value, marked, AcqRel, Relaxed).is_err() {
        return false;
    }
    sys::membarrier();
    let damaged = look(class, index, size).is_some();
    // Freed meanwhile by a slow path, it stays out of use: one slot.
    let ours = record.compare_exchange(marked, value, AcqRel, Relaxed).is_ok();
    damaged && ours
}

fn bitmap_fault(inner: &mut Inner, index: u32, report: bool) -> usize {
    let class = usize::from(inner.class);
    let slot = class::SLOT[class];
    if report {
        violation::report(&Finding {
            violation: Violation::MetadataCorruption,
            operation: Operation::Check,
            address: window::of(class).base() + index as usize * slot as usize,
            size: None,
            damage: None,
            place: format_args!("small slot {slot} is free in the bitmap and live by its record"),
        });
    }
    1
}

/// The number of free slots is the number of bits.
fn counts_agree(inner: &Inner) -> bool {
    let end = class::usable_end(usize::from(inner.class));
    let free = (1..end).filter(|&slot| inner.is_free(slot)).count();
    inner.state == State::Quarantined || free == usize::from(inner.free)
}
