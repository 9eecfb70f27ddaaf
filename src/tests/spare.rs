//! The state that is kept for threads without one, for when there is no memory for another.

use core::ptr;
use core::sync::atomic::{AtomicPtr, Ordering::SeqCst};
use std::sync::Barrier;

use super::alone::alone;
use super::shadow::statistics;
use crate::abi::dam;
use crate::thread::State;
use crate::thread::registry;

const THREADS: usize = 6;
const TURNS: usize = 300;

/// The most bytes of private writable memory from here on.
fn limit_data(bytes: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes and reads `limit` only.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_DATA, &raw mut limit), 0);
        limit.rlim_cur = bytes.min(limit.rlim_max);
        assert_eq!(libc::setrlimit(libc::RLIMIT_DATA, &raw const limit), 0);
    }
}

/// Borrows a state and returns it; which one, and whether it was in nobody else's hands (`holder`).
fn borrow_and_return(holder: &AtomicPtr<State>) -> (*mut State, bool) {
    let state = registry::borrow().unwrap();
    let alone = holder.swap(state, SeqCst).is_null();
    std::thread::yield_now();
    holder.store(ptr::null_mut(), SeqCst);
    // SAFETY: THREAD-1: borrowed just now, and nothing was put into it.
    unsafe { registry::release(state) };
    (state, alone)
}

#[test]
fn threads_take_turns_with_the_spare_state_when_memory_is_out() {
    alone("tests::spare::threads_take_turns_with_the_spare_state_when_memory_is_out", || {
        // SAFETY: a block given back at once.
        unsafe { dam::dam_free(dam::dam_malloc(1)) };
        let before = statistics().threads;
        let holder = AtomicPtr::new(ptr::null_mut());
        let spare = AtomicPtr::new(ptr::null_mut());
        let barrier = Barrier::new(THREADS + 1);
        let (mut taken, mut sound) = ([ptr::null_mut(); 100], 0);
        std::thread::scope(|scope| {
            let threads = [(); THREADS].map(|()| {
                scope.spawn(|| {
                    barrier.wait(); // Threads need memory to start.
                    barrier.wait();
                    let good = (spare.load(SeqCst), true);
                    (0..TURNS).all(|_| borrow_and_return(&holder) == good)
                })
            });
            barrier.wait();
            limit_data(1); // 0 would mean no limit
            taken.fill_with(|| registry::acquire().unwrap_or(ptr::null_mut()));
            spare.store(borrow_and_return(&holder).0, SeqCst);
            let for_borrowers_only = registry::acquire().is_none();
            barrier.wait();
            for thread in threads {
                sound += usize::from(thread.join().unwrap());
            }
            limit_data(u64::MAX);
            assert!(for_borrowers_only);
        });
        assert_eq!(sound, THREADS);
        for state in taken.into_iter().take_while(|state| !state.is_null()) {
            // SAFETY: THREAD-1: acquired above, and nothing was put into it.
            unsafe { registry::release(state) };
        }
        assert_eq!(statistics().threads, before);
        assert_eq!(dam::dam_check_heap(), 0);
    });
}
