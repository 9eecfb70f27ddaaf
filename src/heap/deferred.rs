//! Blocks that a signal handler frees while its own thread is inside a slow path: they wait until the
//! thread's next one.

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::thread::Session;
use crate::thread::state::{DEFERRED, State};

/// Blocks that had to be forgotten: too many at once, or while the thread's state was being made.
pub static FORGOTTEN: AtomicU64 = AtomicU64::new(0);

/// Remembers a block.
///
/// # Safety
/// `owner` is the calling thread's state, or null.
pub unsafe fn put(owner: *mut State, block: *mut u8) {
    // SAFETY: THREAD-1: null or ours; handlers of one thread interrupt, but never overtake, each other.
    let state = unsafe { owner.as_ref() };
    // A place of its own, also for a handler that interrupts this one.
    let place = state.map_or(DEFERRED, |state| state.deferred_count.fetch_add(1, Relaxed) as usize);
    match state.and_then(|state| state.deferred.get(place)) {
        Some(entry) => entry.store(block.expose_provenance(), Relaxed),
        None => {
            FORGOTTEN.fetch_add(1, Relaxed);
        }
    }
}

/// Whether there is something to free.
#[inline]
pub fn is_waiting(session: &Session) -> bool {
    // SAFETY: THREAD-1: ours.
    unsafe { (*session.owner()).deferred_count.load(Relaxed) != 0 }
}

/// Frees what was remembered.
#[cold]
pub fn free_all(session: &Session) {
    // SAFETY: THREAD-1: ours.
    let owner = unsafe { &*session.owner() };
    let mut done = 0;
    loop {
        // Handlers that come meanwhile add behind.
        let count = owner.deferred_count.load(Relaxed);
        for entry in owner.deferred.iter().take(count as usize).skip(done) {
            let block = core::ptr::with_exposed_provenance_mut(entry.load(Relaxed));
            // SAFETY: THREAD-1: the session's state is ours; the program has given the block up.
            unsafe { super::free::to_tier(session.state(), block, super::free::UNKNOWN_DOOR) };
        }
        done = count as usize;
        if owner.deferred_count.compare_exchange(count, 0, Relaxed, Relaxed).is_ok() {
            return;
        }
    }
}
