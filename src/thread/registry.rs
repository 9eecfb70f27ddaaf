//! All states: made when needed, reused when their thread has ended, never given up.

use core::mem::offset_of;
use core::ptr;

use crate::config::options::ZERO_ON_FREE;
use crate::guard::Operation;
use crate::middle::store;
use crate::small::hardened::{Hardened, condemn};
use crate::small::{cache, capacity, class, flush, patrol, waiting};
use crate::space;
use crate::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use crate::sync::{Guard, Lock};
use crate::sys::{self, prefetch};

use super::state::{self, State};

static ALL: AtomicPtr<State> = AtomicPtr::new(ptr::null_mut());
static FREE: Lock<FreeList> =
    Lock::new(FreeList { head: ptr::null_mut(), spare: ptr::null_mut(), made: 0 });

/// States without a thread.
pub struct FreeList {
    head: *mut State,
    /// One that is kept for when there is no memory for another, if nobody has it just now.
    spare: *mut State,
    made: u32,
}

// SAFETY: THREAD-1: states on the list have no user; the list is under its lock.
unsafe impl Send for FreeList {}

/// Slots and blocks that were in other threads' stocks and stores when the process forked, and are lost to the child.
pub static LEAKED_BY_FORK: AtomicU64 = AtomicU64::new(0);
/// Threads that have a state.
pub static THREADS: AtomicU32 = AtomicU32::new(0);

/// A state for the calling thread; `None` when there is no memory for one.
pub fn acquire() -> Option<*mut State> {
    let mut free = FREE.lock();
    let state = free.take()?;
    // SAFETY: THREAD-1: just taken off the list, or new.
    unsafe { (*state).taken.store(1, Ordering::Relaxed) };
    THREADS.fetch_add(1, Ordering::Relaxed);
    Some(state)
}

/// A state for one operation; where there is no memory for one, the spare, as soon as no other thread
/// has it. `None` when there is no spare: before [`prepare`].
pub fn borrow() -> Option<*mut State> {
    loop {
        if let Some(state) = acquire() {
            return Some(state);
        }
        let mut free = FREE.lock();
        let spare = core::mem::replace(&mut free.spare, ptr::null_mut());
        drop(free);
        if !spare.is_null() {
            // SAFETY: THREAD-1: just taken.
            unsafe { (*spare).taken.store(1, Ordering::Relaxed) };
            THREADS.fetch_add(1, Ordering::Relaxed);
            return Some(spare);
        }
        if SPARE.load(Ordering::Relaxed).is_null() {
            return None;
        }
        sys::nap();
    }
}

/// Which state is the spare; null before there is one.
static SPARE: AtomicPtr<State> = AtomicPtr::new(ptr::null_mut());

/// Makes the spare, while there is memory. Called once.
pub fn prepare() {
    let mut free = FREE.lock();
    if let Some(state) = free.make() {
        free.spare = state;
        SPARE.store(state, Ordering::Relaxed);
    }
}

impl FreeList {
    fn take(&mut self) -> Option<*mut State> {
        if self.head.is_null() {
            return self.make();
        }
        let state = self.head;
        // SAFETY: THREAD-1: on the list, so nobody uses it; the lock is held.
        self.head = unsafe { (*state).next_free.load(Ordering::Relaxed) };
        Some(state)
    }

    fn make(&mut self) -> Option<*mut State> {
        let memory = space::meta::allocate(size_of::<State>(), 64)?;
        let state: *mut State = memory.as_ptr().cast();
        self.made += 1;
        // SAFETY: SPACE-3: zeroed memory of ours, and all-zero is a valid state.
        unsafe {
            (*state).id = self.made;
            (*state).next.store(ALL.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        ALL.store(state, Ordering::Release);
        Some(state)
    }
}

/// Makes an emptied state ([`empty`]) available to other threads.
///
/// # Safety
/// The state is the calling thread's, who stops using it (THREAD-1), or its thread is gone.
pub unsafe fn release(state: *mut State) {
    // SAFETY: THREAD-1: nobody else uses it yet.
    unsafe { store::close(&raw mut (*state).middle) };
    let mut free = FREE.lock();
    // SAFETY: THREAD-1: nobody uses it any more; the lock is held.
    unsafe {
        debug_assert!((*state).used == 0);
        (*state).taken.store(0, Ordering::Relaxed);
        if state == SPARE.load(Ordering::Relaxed) {
            free.spare = state;
        } else {
            (*state).next_free.store(free.head, Ordering::Relaxed);
            free.head = state;
        }
    }
    THREADS.fetch_sub(1, Ordering::Relaxed);
}

/// Sends every slot of the state's stocks home and its pools to the orphans, and empties its store.
///
/// # Safety
/// As for [`release`].
pub unsafe fn empty(state: *mut State) {
    // SAFETY: THREAD-1.
    unsafe {
        part_with_waiting(state);
        empty_stocks(state);
    }
}

/// [`empty`], but that slots which wait go on waiting.
///
/// # Safety
/// As for [`empty`].
pub unsafe fn empty_stocks(state: *mut State) {
    // SAFETY: THREAD-1.
    unsafe {
        look_for_the_last_time(&mut (*state).hardened);
        for class in Classes((*state).used) {
            flush::detach(&raw mut (*state).bins[class], class);
        }
        (*state).used = 0;
        ((*state).watched, (*state).looked_ms) = (false, 0);
        (*state).detours = [0; class::CLASSES];
        store::empty(&raw mut (*state).middle);
        for class in Classes((*state).wanted) {
            let bin = &raw mut (*state).bins[class];
            ((*bin).wanted, (*bin).borrowed, (*bin).credit) = (0, 0, 0);
        }
        (*state).wanted = 0;
    }
}

/// At what patrols would look at, which may go home now.
fn look_for_the_last_time(own: &mut Hardened) {
    patrol::look_at_last(own);
    own.forget();
}

/// Looks for the last time at the slots that wait, and sends them home.
///
/// # Safety
/// As for [`empty`].
pub unsafe fn part_with_waiting(state: *mut State) {
    // SAFETY: THREAD-1.
    let own = unsafe { &mut (*state).hardened };
    look_for_the_last_time(own);
    // With open fast paths, a sample waits.
    let were_cleared = ZERO_ON_FREE.is_on() || !state::is_closed();
    while let Some(place) = own.waiting.take_oldest() {
        // SAFETY: HARD-2: it waited, and is ours.
        let fault = unsafe { waiting::written(place, usize::MAX) }.filter(|_| were_cleared);
        match fault {
            Some(fault) => condemn(&fault, Operation::Check),
            None => flush::home(place.class as usize, place.index),
        }
    }
    own.waiting.forget();
}

/// Ends the period of the state's stocks, when it is over.
///
/// # Safety
/// The state is the calling thread's (THREAD-1), inside the gate.
pub unsafe fn settle(state: *mut State, now: u32) {
    // SAFETY: THREAD-1.
    unsafe {
        if sys::has_passed((*state).settled, now, capacity::PERIOD_MS) {
            (*state).settled = now;
            for class in Classes((*state).wanted) {
                (*state).bins[class].borrowed = 0;
            }
            for class in Classes((*state).used) {
                capacity::settle(&raw mut (*state).bins[class], class);
            }
        }
    }
}

/// The classes whose bits are set.
pub struct Classes(pub u128);

impl Iterator for Classes {
    type Item = usize;
    fn next(&mut self) -> Option<usize> {
        let class = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(class)
    }
}

/// Calls `visit` with every state ever made. States of running threads change meanwhile.
pub fn for_each(visit: &mut dyn FnMut(*mut State)) {
    let mut state = ALL.load(Ordering::Acquire);
    while !state.is_null() {
        // SAFETY: THREAD-1: states live for ever; `next` is written before they are published.
        let next = unsafe { (*state).next.load(Ordering::Relaxed) };
        prefetch::to_read(next.wrapping_byte_add(offset_of!(State, next)).cast());
        visit(state);
        state = next;
    }
}

/// Holds the registry still, for a fork, unless another thread has it.
pub fn try_freeze() -> Option<Guard<'static, FreeList>> {
    FREE.try_lock()
}

/// In a forked child: the other threads are gone. What lies in their stocks may have been half
/// moved when the fork came, so it is given up; their pools become orphans, their states free.
///
/// # Safety
/// The calling thread is the only one, and inside the gate.
pub unsafe fn adopt_orphans(survivor: *const State) {
    for_each(&mut |state| {
        // SAFETY: THREAD-1: the threads of other states do not exist in this process.
        unsafe {
            if ptr::eq(state, survivor) || (*state).taken.load(Ordering::Relaxed) == 0 {
                return;
            }
            for class in Classes((*state).used) {
                let bin = &raw mut (*state).bins[class];
                let count = core::mem::take(&mut (*bin).count);
                cache::go(bin, count as usize);
                LEAKED_BY_FORK.fetch_add(count, Ordering::Relaxed);
            }
            let forgotten = store::forget(&raw mut (*state).middle);
            LEAKED_BY_FORK.fetch_add(forgotten, Ordering::Relaxed);
            // Half written, perhaps.
            (*state).hardened.forget();
            let waiting = (*state).hardened.waiting.forget();
            LEAKED_BY_FORK.fetch_add(waiting, Ordering::Relaxed);
            (*state).busy.store(0, Ordering::Relaxed);
            (*state).lost.store(0, Ordering::Relaxed);
            empty(state);
            release(state);
        }
    });
}
