//! Which pool a thread fetches slots from: the one at hand, from its shelf, or an orphan.

use core::ptr::{self, NonNull};

use crate::sync::atomic::Ordering::Relaxed;

use super::cache::Bin;
use super::pool::{Pool, State};
use super::window;

/// Puts the current pool back when a pool of a lower address has free slots again: memory in use
/// stays together, and the pools behind it run empty.
pub fn prefer_lower(bin: &mut Bin, class: usize) {
    let Some(current) = NonNull::new(bin.current) else { return };
    // SAFETY: SMALL-5: descriptors and shelves live for ever, and a pool's number does not change.
    unsafe {
        let lowest = (*bin.shelf).pools.first();
        if lowest.is_null()
            || (*lowest).number.load(Relaxed) > current.as_ref().number.load(Relaxed)
        {
            return;
        }
    }
    put_back(bin, class, current);
}

/// Puts the bin's current pool where it will be found.
fn put_back(bin: &mut Bin, class: usize, current: NonNull<Pool>) {
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { current.as_ref() }.inner.lock();
    if inner.state != State::Held {
        return;
    }
    bin.current = ptr::null_mut();
    if inner.free == 0 {
        inner.state = State::Full;
        return;
    }
    let (_growth, orphans) = window::of(class).lock();
    // SAFETY: SMALL-5: shelves live for ever; the class's lock is held, and a held pool is on no list.
    unsafe {
        match inner.is_empty() {
            true => orphans.push(current.as_ptr()),
            false => (*bin.shelf).pools.push(current.as_ptr()),
        }
    }
    inner.state = State::Listed;
}

/// Puts another pool in the place of the current one; false when there is none.
pub fn exchange(bin: &mut Bin, class: usize) -> bool {
    let Some(current) = NonNull::new(bin.current) else { return false };
    let Some(other) = take_listed(bin, class) else { return false };
    put_back(bin, class, current);
    bin.current = other.as_ptr();
    true
}

/// The pool to fetch from next: the thread's current one, or another.
pub fn find(bin: &Bin, class: usize) -> Option<NonNull<Pool>> {
    NonNull::new(bin.current).or_else(|| take_listed(bin, class))
}

/// A pool with free slots, from the thread's shelf, or an orphan.
fn take_listed(bin: &Bin, class: usize) -> Option<NonNull<Pool>> {
    let window = window::of(class);
    // SAFETY: SMALL-5: shelves live for ever.
    if unsafe { (*bin.shelf).pools.first().is_null() } && !window.has_orphans() {
        return None;
    }
    let (_growth, orphans) = window.lock();
    // SAFETY: SMALL-5: the class's lock is held.
    unsafe {
        let own = (*bin.shelf).pools.pop();
        NonNull::new(if own.is_null() { orphans.pop() } else { own })
    }
}
