//! The heap check of the small tier: every record, canary and bitmap.

use core::fmt;

use crate::guard::{Finding, Operation, Violation, violation};
use crate::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use crate::sys;

use super::class::{self, CLASSES};
use super::damage::{self, Damage};
use super::hardened;
use super::pool::{Inner, State};
use super::quarantine::{quarantine, withdraw};
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
    (0..window::of(class).pools(class)).map(|number| check_pool(class, number, report)).sum()
}

fn check_pool(class: usize, number: u32, report: bool) -> usize {
    // SAFETY: SMALL-5: descriptors live for ever.
    let pool = unsafe { window::of(class).pool(class, number).as_ref() };
    let mut faults = 0;
    let mut found = |fault: Fault| {
        faults += 1;
        if report {
            fault.report();
        }
    };
    let mut from = 1;
    loop {
        // The lock is taken anew for each fault, and is free while that is reported.
        let fault = next_fault(&mut pool.inner.lock(), from);
        let Some((fault, next)) = fault else { break };
        found(fault);
        from = next;
    }
    let counts_agree = counts_agree(&pool.inner.lock());
    if !counts_agree {
        found(Fault::Miscounted(class, number));
    }
    faults
}

/// What is wrong, until it can be reported.
enum Fault {
    /// A canary.
    Damaged(damage::Fault),
    /// The slot with this index, of this class, is free in the bitmap and live by its record.
    Astray(usize, u32),
    /// The pool with this number, of this class, has another number of free slots than of bits.
    Miscounted(usize, u32),
}

impl Fault {
    fn report(&self) {
        match *self {
            Self::Damaged(ref fault) => fault.report(Operation::Check),
            Self::Astray(class, index) => {
                let slot = class::SLOT[class] as usize;
                report_corruption(
                    window::of(class).block(class, index).addr(),
                    format_args!("small slot {slot} is free in the bitmap and live by its record"),
                );
            }
            Self::Miscounted(class, number) => {
                let slot = class::SLOT[class];
                let start = number as usize * class::pool_bytes(class);
                report_corruption(
                    window::of(class).base() + start,
                    format_args!("small slot {slot}, pool {number}: the free slots are miscounted"),
                );
            }
        }
    }
}

fn report_corruption(address: usize, place: fmt::Arguments<'_>) {
    violation::report(&Finding {
        violation: Violation::MetadataCorruption,
        operation: Operation::Check,
        address,
        size: None,
        damage: None,
        place,
    });
}

/// The first fault of a slot from `from` on, and where to go on. Damage puts the pool in quarantine.
fn next_fault(inner: &mut Inner, from: u32) -> Option<(Fault, u32)> {
    let class = usize::from(inner.class);
    let mut gone = 0..0;
    for slot in from..u32::from(inner.reach) {
        let (index, at) = (inner.first_slot() + slot, slot as usize);
        if gone.end <= at {
            gone = inner.gone_slots(at);
        }
        let place = match inner.is_free(at) {
            true if at >= gone.start => Place::Gone,
            true => Place::Pool,
            false => Place::Elsewhere,
        };
        let Some(fault) = check_slot(class, index, place) else { continue };
        if matches!(fault, Fault::Damaged(_)) {
            withdraw(inner);
        }
        return Some((fault, slot + 1));
    }
    None
}

/// Where a slot is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Free in its pool, whose lock is held.
    Pool,
    /// The same, and its pages were given back: there may be no memory.
    Gone,
    /// Live, or in a thread's hands.
    Elsewhere,
}

fn check_slot(class: usize, index: u32, place: Place) -> Option<Fault> {
    let record = window::of(class).record(index);
    let mut damage = None;
    for _ in 0..TRIES {
        let Some(size) = record::size(record.load(Acquire)) else {
            return if place == Place::Pool { check_free(class, index) } else { None };
        };
        if place != Place::Elsewhere {
            return Some(Fault::Astray(class, index));
        }
        damage = Some(look(class, index, size)?);
    }
    let damaged = confirmed(class, index);
    damaged.then_some(Fault::Damaged(damage::Fault { class, index, damage }))
}

/// Looks at a block that is live for all that can be seen, and reports damage, which leads to quarantine.
pub fn look_at_live(class: usize, index: u32) {
    if let Some(Fault::Damaged(fault)) = check_slot(class, index, Place::Elsewhere) {
        quarantine(class, index >> class::POOL_LOG2[class]);
        fault.report(Operation::Check);
    }
}

/// A slot that is free in its pool, whose lock is held.
fn check_free(class: usize, index: u32) -> Option<Fault> {
    // SAFETY: SMALL-3: below the pool's reach slots are committed.
    unsafe { hardened::fault_of_free(class, index) }.map(Fault::Damaged)
}

/// Checks the slots that the calling thread holds, in its stocks and waiting; how many were written to.
pub fn run_over_own(slots: impl Iterator<Item = hardened::Place>, report: bool) -> usize {
    let mut faults = 0;
    for slot in slots {
        let (class, index) = (slot.class as usize, slot.index);
        if window::of(class).record(index).load(Acquire) != 0 {
            continue;
        }
        if let Some(Fault::Damaged(fault)) = check_free(class, index) {
            quarantine(class, index >> class::POOL_LOG2[class]);
            faults += 1;
            if report {
                fault.report(Operation::Check);
            }
        }
    }
    faults
}

fn look(class: usize, index: u32, size: usize) -> Option<Damage> {
    let slot = class::SLOT[class] as usize;
    // SAFETY: SMALL-3: below the pool's reach slots and the words around them are committed.
    unsafe { damage::find_damage(window::of(class).block(class, index), size, slot) }
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

/// The number of free slots is the number of bits.
fn counts_agree(inner: &Inner) -> bool {
    let end = class::usable_end(usize::from(inner.class));
    let free = (1..end).filter(|&slot| inner.is_free(slot)).count();
    inner.state == State::Quarantined || free == usize::from(inner.free)
}
