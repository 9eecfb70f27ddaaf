//! A one-word lock: a short spin, then sleep in the kernel.
//!
//! The three states and the wake rule are those of Ulrich Drepper's "Futexes Are Tricky"
//! (mutex 2): 0 free, 1 taken, 2 taken and somebody may be asleep.
//!
//! No fork handler touches locks: the gate (`thread::gate`) lets a fork through only while no
//! other thread is inside a slow path, so every lock is free in the child.

use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};

use super::atomic::{AtomicU32, Ordering};
use crate::sys;

/// How often a thread has gone to sleep for a lock. (A count alone, not part of any protocol: the plain type also where
/// a model checker runs.)
static WAITS: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);

/// How often a thread has had to sleep for a lock, since the start.
pub fn waits() -> u64 {
    WAITS.load(core::sync::atomic::Ordering::Relaxed)
}

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const CONTENDED: u32 = 2;

/// How often the word is looked at before the thread sleeps. Critical sections are a few dozen
/// instructions; longer spins lose when threads outnumber processors.
const SPINS: u32 = if cfg!(any(loom, shuttle)) { 1 } else { 100 };

/// Data behind a lock. All-zero memory is an unlocked lock around all-zero data (SYNC-2).
#[repr(C)]
pub struct Lock<T> {
    word: AtomicU32,
    data: UnsafeCell<T>,
}

// SAFETY: SYNC-1: the data is reached only by the thread that holds the lock.
unsafe impl<T: Send> Sync for Lock<T> {}
// SAFETY: SYNC-1: a lock owns its data.
unsafe impl<T: Send> Send for Lock<T> {}

/// The right to use the data, until dropped.
pub struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Lock<T> {
    /// An unlocked lock.
    #[cfg(not(any(loom, shuttle)))]
    pub const fn new(data: T) -> Self {
        Self { word: AtomicU32::new(FREE), data: UnsafeCell::new(data) }
    }

    /// An unlocked lock (a model's atomics have no constant constructor).
    #[cfg(any(loom, shuttle))]
    pub fn new(data: T) -> Self {
        Self { word: AtomicU32::new(FREE), data: UnsafeCell::new(data) }
    }

    /// Waits until the lock is ours.
    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        if self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_err() {
            self.lock_contended();
        }
        Guard { lock: self }
    }

    /// The lock, if nobody holds it.
    #[inline]
    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        self.word
            .compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
            // Not `then_some`: a guard made for nothing would unlock when it is dropped.
            .then(|| Guard { lock: self })
    }

    #[cold]
    #[inline(never)]
    fn lock_contended(&self) {
        for _ in 0..SPINS {
            if self.word.load(Ordering::Relaxed) == FREE
                && self
                    .word
                    .compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return;
            }
            pause();
        }
        // From here on we do not know whether others sleep, so we take the lock as contended.
        while self.word.swap(CONTENDED, Ordering::Acquire) != FREE {
            WAITS.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
            wait(&self.word);
        }
    }

    #[inline]
    fn unlock(&self) {
        if self.word.swap(FREE, Ordering::Release) == CONTENDED {
            wake(&self.word);
        }
    }
}

fn pause() {
    #[cfg(not(any(loom, shuttle)))]
    core::hint::spin_loop();
    #[cfg(any(loom, shuttle))]
    sys::sched_yield();
}

fn wait(word: &AtomicU32) {
    sys::futex_wait(word, CONTENDED, 0);
}

#[cold]
fn wake(word: &AtomicU32) {
    sys::futex_wake(word, 1);
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: SYNC-1: we hold the lock.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: SYNC-1: we hold the lock.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.unlock();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn counts_exactly_under_contention() {
        let counter = Arc::new(Lock::new(0u64));
        let threads: std::vec::Vec<_> = (0..8)
            .map(|_| {
                let counter = Arc::clone(&counter);
                std::thread::spawn(move || (0..20_000).for_each(|_| *counter.lock() += 1))
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*counter.lock(), 160_000);
    }

    #[test]
    fn try_lock_refuses_a_held_lock() {
        let lock = Lock::new(());
        let guard = lock.lock();
        assert!(lock.try_lock().is_none());
        assert!(lock.try_lock().is_none(), "a refusal leaves the lock alone");
        drop(guard);
        assert!(lock.try_lock().is_some());
    }
}
