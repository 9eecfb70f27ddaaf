//! A door that one thread can close and then knows that no other is behind it.
//!
//! Entering is "say that I am inside, look whether the door is closed"; closing is "close it, look
//! who is inside". Both sides store before they look, in sequentially consistent order, so at
//! least one sees the other.
//!
//! That costs whoever enters a locked instruction, which also keeps the processor from working ahead.
//! [`Door::enter_lightly`] does without: there the order is kept by whoever closes the door, with a
//! barrier in every other thread (`membarrier`).

use core::sync::atomic::compiler_fence;

use super::atomic::{AtomicU32, Ordering};
use crate::sys;

/// How long a thread sleeps before it looks again: who opens the door may be gone.
const NAP_MS: u32 = 10;

/// The door. 0 while it is open, else the number of who closed it.
pub struct Door(AtomicU32);

// A constant constructor, for statics: `Default` could not be one.
#[allow(clippy::new_without_default)]
impl Door {
    /// An open door.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// An open door (a model's atomics have no constant constructor).
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Goes inside, as soon as the door is open or `exempt` (asked while it is closed).
    #[inline]
    pub fn enter(&self, busy: &AtomicU32, exempt: impl Fn() -> bool) {
        set_busy(busy);
        if self.0.load(Ordering::SeqCst) != 0 {
            self.wait_outside(busy, &exempt);
        }
    }

    /// Like [`enter`](Self::enter), where whoever closes the door is told to [`reach_all`](Self::reach_all) before it
    /// looks who is inside.
    #[inline(always)]
    pub fn enter_lightly(&self, busy: &AtomicU32, exempt: impl Fn() -> bool) {
        busy.store(1, Ordering::Relaxed);
        // The processor may still look first: after the barrier it either sees the door closed, or is seen inside.
        compiler_fence(Ordering::SeqCst);
        if self.0.load(Ordering::Acquire) != 0 {
            self.wait_outside(busy, &exempt);
        }
    }

    /// After closing: from here on who is inside is seen, and nobody enters. False where the kernel refuses.
    pub fn reach_all() -> bool {
        sys::membarrier()
    }

    #[cold]
    #[inline(never)]
    fn wait_outside(&self, busy: &AtomicU32, exempt: &dyn Fn() -> bool) {
        loop {
            let closer = self.0.load(Ordering::SeqCst);
            if closer == 0 || exempt() {
                return;
            }
            busy.store(0, Ordering::SeqCst);
            sys::futex_wait(&self.0, closer, NAP_MS);
            set_busy(busy);
        }
    }

    /// Goes outside. What was done inside is seen by who closes the door after.
    #[inline]
    pub fn leave(busy: &AtomicU32) {
        busy.store(0, Ordering::Release);
    }

    /// Closes the door as number `who`, not 0, waiting while another thread holds it closed, as long
    /// as `patient` says so. Whether it was closed.
    pub fn close(&self, who: u32, patient: impl Fn() -> bool) -> bool {
        while let Err(closer) = self.0.compare_exchange(0, who, Ordering::SeqCst, Ordering::Relaxed)
        {
            if !patient() {
                return false;
            }
            sys::futex_wait(&self.0, closer, NAP_MS);
        }
        total_order();
        true
    }

    /// Who closed it; 0 while it is open.
    pub fn closed_by(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether the thread with this word is inside. Asked by who closed the door.
    pub fn is_inside(busy: &AtomicU32) -> bool {
        busy.load(Ordering::SeqCst) != 0
    }

    /// Opens the door.
    pub fn open(&self) {
        self.0.store(0, Ordering::SeqCst);
        sys::futex_wake(&self.0, u32::MAX >> 1);
    }
}

#[inline]
fn set_busy(busy: &AtomicU32) {
    busy.store(1, Ordering::SeqCst);
    total_order();
}

/// Loom takes `SeqCst` loads and stores for acquire and release; only a fence tells it of their
/// single total order.
#[inline(always)]
fn total_order() {
    #[cfg(loom)]
    super::atomic::fence(Ordering::SeqCst);
}
