//! Quarantine of a pool: nothing in it is handed out any more, live blocks stay usable.

// A count alone, not part of any protocol: the plain type also where a model checker runs.
use core::sync::atomic::AtomicU64;

use crate::guard::events;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys;

use super::class;
use super::list;
use super::pool::{Inner, State};
use super::record;
use super::window;

/// Puts a pool in quarantine.
pub fn quarantine(class: usize, number: u32) {
    let pool = window::of(class).pool(class, number);
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { pool.as_ref() }.inner.lock();
    withdraw(&mut inner);
}

/// Puts the pool whose lock is held in quarantine.
pub fn withdraw(inner: &mut Inner) {
    let class = usize::from(inner.class);
    let window = window::of(class);
    if inner.state != State::Quarantined {
        let number = inner.index;
        inner.withdraw_all();
        window.idle.remove(inner, usize::MAX);
        // SAFETY: SMALL-5: descriptors live for ever.
        unsafe { window.pool(class, number).as_ref() }.told.update(inner);
        let _class_lock = window.lock();
        // SAFETY: SMALL-5: the class's lock is held; descriptors live for ever.
        unsafe { list::remove(window.pool(class, number).as_ptr()) };
        QUARANTINED_POOLS.fetch_add(1, Relaxed);
        events::note_quarantine(window.base() + number as usize * class::pool_bytes(class));
    }
    let first = inner.first_slot();
    // The fast paths write records by plain stores, which may overwrite a mark. Those that were
    // executed before the barrier are visible after it, and marked by the second pass. A thread that
    // had read its record by then and not written it yet gets the better of both passes: its one
    // slot remains in use (SMALL-1).
    for pass in 0..2 {
        for slot in 1..class::usable_end(class) as u32 {
            window.record(first + slot).fetch_or(record::QUARANTINED, Relaxed);
        }
        if pass == 0 {
            sys::membarrier();
        }
    }
}

/// Blocks and slots of a class that went where no thread counts them: freed blocks of quarantined pools, and slots that
/// came off a stock and were not as they should be.
pub static LOST: [AtomicU64; class::CLASSES] = [const { AtomicU64::new(0) }; class::CLASSES];
/// Pools in quarantine.
pub static QUARANTINED_POOLS: AtomicU64 = AtomicU64::new(0);
