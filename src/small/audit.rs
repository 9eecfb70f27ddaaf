//! Self-checks after every move of slots, in builds with the feature `audit`: a pool or a stock that
//! contradicts itself stops the process where the fault is, not where it shows.

use core::ptr;

use crate::guard::{Finding, Operation, Violation, violation};
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys;

use super::cache::Bin;
use super::class;
use super::pool::{Inner, Pool, State};
use super::record;
use super::window;

/// Checks a pool whose lock is held; no other lock is.
#[inline(always)]
pub fn pool(inner: &Inner) {
    if cfg!(feature = "audit") {
        check_pool(inner);
    }
}

/// Checks a stock: its slots are nowhere else (SMALL-1). No lock is held.
#[inline(always)]
pub fn bin(bin: &Bin, class: usize) {
    if cfg!(feature = "audit") {
        check_bin(bin, class);
    }
}

fn check_pool(inner: &Inner) {
    let class = usize::from(inner.class);
    let window = window::of(class);
    let mut free = 0;
    for slot in 1..class::usable_end(class) {
        if inner.is_free(slot) {
            free += 1;
            let record = window.record(inner.first_slot() + slot as u32).load(Relaxed);
            ensure(record::size(record).is_none(), inner, "a free slot's record says live");
        }
    }
    ensure(free == inner.free, inner, "the number of free slots is not that of the bits");
    ensure(!inner.is_free(0), inner, "slot 0 is free");
    match inner.state {
        State::Full | State::Quarantined => ensure(free == 0, inner, "free slots out of reach"),
        State::Held | State::Listed => {}
    }
    let (_growth, _) = window.lock();
    // SAFETY: SMALL-5: descriptors live for ever; the class's lock is held for the links.
    unsafe { links(inner, window.pool(class, inner.index).as_ptr()) };
}

/// The links of a pool and its neighbours agree, and it is on a list only where its state says so.
///
/// # Safety
/// The class's lock is held.
unsafe fn links(inner: &Inner, pool: *mut Pool) {
    // SAFETY: SMALL-5.
    unsafe {
        let list = (*pool).on.load(Relaxed);
        if list.is_null() {
            return; // Where `Listed`: a thread is just taking it.
        }
        ensure(inner.state == State::Listed, inner, "on a list in a state that is on none");
        let (next, previous) = ((*pool).next.load(Relaxed), (*pool).previous.load(Relaxed));
        if !next.is_null() {
            ensure(ptr::eq((*next).previous.load(Relaxed), pool), inner, "next one's link");
            ensure(ptr::eq((*next).on.load(Relaxed), list), inner, "next one's list");
        }
        if previous.is_null() {
            ensure(ptr::eq((*list).first(), pool), inner, "first on its list, which disagrees");
        } else {
            ensure(ptr::eq((*previous).next.load(Relaxed), pool), inner, "previous one's link");
        }
    }
}

fn check_bin(bin: &Bin, class: usize) {
    let window = window::of(class);
    let held = &bin.slots[..bin.count as usize];
    for (at, &index) in held.iter().enumerate() {
        let pool = window.pool(class, index >> class::POOL_LOG2[class]);
        // SAFETY: SMALL-5: descriptors live for ever.
        let inner = unsafe { pool.as_ref() }.inner.lock();
        let slot = (index - inner.first_slot()) as usize;
        ensure(!held[..at].contains(&index), &inner, "a slot is twice in a stock");
        ensure(!inner.is_free(slot), &inner, "a slot is in a stock and free in its pool");
        ensure(slot > 0 && slot < usize::from(inner.reach), &inner, "a slot was never handed out");
        let record = window.record(index).load(Relaxed);
        ensure(record::size(record).is_none(), &inner, "a slot in a stock is live by its record");
    }
}

#[track_caller]
fn ensure(holds: bool, inner: &Inner, what: &str) {
    if holds {
        return;
    }
    let (class, number) = (usize::from(inner.class), inner.index);
    let (slot, state) = (class::SLOT[class], inner.state);
    violation::report(&Finding {
        violation: Violation::MetadataCorruption,
        operation: Operation::Check,
        address: window::of(class).base() + number as usize * class::pool_bytes(class),
        size: None,
        damage: None,
        place: format_args!("audit: {what}; small slot {slot}, pool {number}, {state:?}"),
    });
    sys::abort();
}
