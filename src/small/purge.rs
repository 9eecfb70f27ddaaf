//! Giving long-free pages back to the system.

use core::ptr;

use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use crate::sys;

use super::class::{self, CLASSES};
use super::pool::Inner;
use super::window;

/// Pools looked at per call of [`sweep`].
const STEP: u32 = 32;

static CURSOR_CLASS: AtomicU32 = AtomicU32::new(0);
static CURSOR_POOL: AtomicU32 = AtomicU32::new(0);

/// Ranges given back, and their bytes.
pub static PURGES: AtomicU64 = AtomicU64::new(0);
/// See [`PURGES`].
pub static PURGED_BYTES: AtomicU64 = AtomicU64::new(0);

/// Looks at the next few pools and gives back the free pages of those that nothing has come back
/// to for `decay_ms`. With `everything`, looks at all pools and does not ask how long.
pub fn sweep(now_ms: u32, decay_ms: u32, everything: bool) {
    if everything {
        for class in 0..CLASSES {
            for number in 0..window::of(class).pools(class) {
                purge_pool(class, number, now_ms, 0);
            }
        }
        return;
    }
    let mut class = CURSOR_CLASS.load(Relaxed) as usize % CLASSES;
    let mut number = CURSOR_POOL.load(Relaxed);
    for _ in 0..STEP {
        if number >= window::of(class).pools(class) {
            (class, number) = ((class + 1) % CLASSES, 0);
            continue;
        }
        purge_pool(class, number, now_ms, decay_ms);
        number += 1;
    }
    CURSOR_CLASS.store(class as u32, Relaxed);
    CURSOR_POOL.store(number, Relaxed);
}

fn purge_pool(class: usize, number: u32, now_ms: u32, decay_ms: u32) {
    let pool = window::of(class).pool(class, number);
    // SAFETY: SMALL-5: descriptors live for ever.
    let Some(mut inner) = (unsafe { pool.as_ref() }).inner.try_lock() else { return };
    let since = inner.dirty_since;
    if since != 0 && now_ms.wrapping_sub(since) >= decay_ms {
        inner.dirty_since = 0;
        give_back_pages(&inner);
    }
}

/// The pool's lock is held, so its free slots stay free meanwhile.
fn give_back_pages(inner: &Inner) {
    let class = usize::from(inner.class);
    let start = window::of(class).base() + inner.index as usize * class::pool_bytes(class);
    inner.free_pages(&mut |from, to| {
        // SAFETY: SMALL-1, SMALL-4: the pages hold only free slots and words between free slots.
        let done = unsafe { sys::purge(ptr::with_exposed_provenance_mut(start + from), to - from) };
        if done.is_ok() {
            PURGES.fetch_add(1, Relaxed);
            PURGED_BYTES.fetch_add((to - from) as u64, Relaxed);
        }
    });
}
