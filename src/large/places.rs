//! The places of a list that may grow long: memory of their own, made when the first one is needed, so that
//! who needs few pays for few, and far from everything that a program could run into by mistake.

use core::ptr;

use crate::space::meta;
use crate::sync::atomic::{AtomicPtr, Ordering};

/// Places for values for which all-zero memory is one of them (LARGE-6).
pub struct Places<T>(AtomicPtr<T>);

impl<T: Copy> Places<T> {
    /// None yet.
    pub const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Makes `count` places, the same number at every call, unless they are there; false where there is no memory.
    pub fn make(&self, count: usize) -> bool {
        if !self.0.load(Ordering::Acquire).is_null() {
            return true;
        }
        let Some(made) = meta::allocate(count * size_of::<T>(), align_of::<T>()) else {
            return false;
        };
        let made = made.as_ptr().cast();
        // Another thread may have been faster: then these are never used.
        let _ = self.0.compare_exchange(ptr::null_mut(), made, Ordering::AcqRel, Ordering::Relaxed);
        true
    }

    /// The place `at`.
    ///
    /// # Safety
    /// LARGE-6: [`make`](Self::make) has said yes for more than `at`; the caller holds the lock of the list, and has
    /// no other reference to the place.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn at(&self, at: usize) -> &mut T {
        // SAFETY: LARGE-6, SPACE-3: memory of ours for ever; zero or written by us.
        unsafe { &mut *self.0.load(Ordering::Acquire).add(at) }
    }
}
