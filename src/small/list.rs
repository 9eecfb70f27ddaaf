//! Lists of pools, linked through their descriptors.

use core::ptr;

use crate::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use super::pool::Pool;

/// A doubly linked list of pools, used under the class's lock (SMALL-5).
#[repr(C)]
pub struct List {
    head: AtomicPtr<Pool>,
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}

impl List {
    /// No pools.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// No pools (a model's atomics have no constant constructor).
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Self { head: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Puts a pool where its address belongs: low pools fill first, so that high ones run empty.
    /// Only the first few are looked at; among very many pools the order is a rough one.
    ///
    /// # Safety
    /// The class's lock is held, the pool is on no list.
    pub unsafe fn push(&self, pool: *mut Pool) {
        const LOOKED_AT: usize = 16;
        // SAFETY: SMALL-5; descriptors live for ever.
        unsafe {
            let number = (*pool).number.load(Relaxed);
            let (mut before, mut behind) = (ptr::null_mut::<Pool>(), self.head.load(Relaxed));
            for _ in 0..LOOKED_AT {
                if behind.is_null() || (*behind).number.load(Relaxed) > number {
                    break;
                }
                (before, behind) = (behind, (*behind).next.load(Relaxed));
            }
            (*pool).next.store(behind, Relaxed);
            (*pool).previous.store(before, Relaxed);
            (*pool).on.store((&raw const *self).cast_mut(), Relaxed);
            if !behind.is_null() {
                (*behind).previous.store(pool, Relaxed);
            }
            match before.is_null() {
                true => self.head.store(pool, Relaxed),
                false => (*before).next.store(pool, Relaxed),
            }
        }
    }

    /// The first pool; null when there is none.
    pub fn first(&self) -> *mut Pool {
        self.head.load(Relaxed)
    }

    /// Takes the first pool off; null when there is none.
    ///
    /// # Safety
    /// The class's lock is held.
    pub unsafe fn pop(&self) -> *mut Pool {
        let head = self.head.load(Relaxed);
        if !head.is_null() {
            // SAFETY: SMALL-5: it is on this list.
            unsafe { remove(head) };
        }
        head
    }

    /// Takes off the pool whose place `choose` names, told how many there are, or 1.
    ///
    /// # Safety
    /// The class's lock is held.
    #[cfg(not(any(loom, shuttle)))]
    pub unsafe fn take(&self, choose: impl FnOnce(usize) -> usize) -> Option<ptr::NonNull<Pool>> {
        // SAFETY: SMALL-5: descriptors live for ever.
        let next =
            |at: &ptr::NonNull<Pool>| ptr::NonNull::new(unsafe { at.as_ref() }.next.load(Relaxed));
        let mut pools = core::iter::successors(ptr::NonNull::new(self.first()), next);
        let taken = pools.nth(choose(pools.clone().count().max(1)));
        // SAFETY: SMALL-5: it is on this list.
        taken.inspect(|pool| unsafe { remove(pool.as_ptr()) })
    }
}

/// Takes a pool off the list it is on, if it is on one.
///
/// # Safety
/// The class's lock is held.
pub unsafe fn remove(pool: *mut Pool) {
    // SAFETY: SMALL-5; descriptors and lists live for ever.
    unsafe {
        let list = (*pool).on.load(Relaxed);
        if list.is_null() {
            return;
        }
        (*pool).on.store(ptr::null_mut(), Relaxed);
        let (next, previous) = ((*pool).next.load(Relaxed), (*pool).previous.load(Relaxed));
        if previous.is_null() {
            (*list).head.store(next, Relaxed);
        } else {
            (*previous).next.store(next, Relaxed);
        }
        if !next.is_null() {
            (*next).previous.store(previous, Relaxed);
        }
    }
}
