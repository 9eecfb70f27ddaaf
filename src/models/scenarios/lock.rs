//! `sync::Lock`: one at a time, what was written before is seen after, and no sleeper is forgotten.
//!
//! Planted and seen to fail: release in `unlock` made relaxed (loom); acquire in `lock` made relaxed
//! (loom); `unlock` that wakes nobody (deadlock, both); a contended locker that leaves `TAKEN`
//! behind instead of `CONTENDED` (deadlock, both); `try_lock` that makes a guard in any case and
//! drops it (both).

use std::boxed::Box;
use std::sync::Arc;
use std::vec;

use crate::models::explore::{Plain, explore, together};
use crate::sync::Lock;

#[test]
fn two_threads_take_turns() {
    explore(6, 4_000, || {
        let (lock, number) = (Arc::new(Lock::new(())), Plain::new());
        let body = || {
            let (lock, number) = (lock.clone(), number.clone());
            Box::new(move || {
                for _ in 0..2 {
                    let _guard = lock.lock();
                    number.increment();
                }
            }) as Box<dyn FnOnce() + Send>
        };
        together(vec![body(), body()]);
        assert_eq!(number.get(), 4);
    });
}

#[test]
fn three_threads_all_get_it() {
    explore(3, 4_000, || {
        let (lock, number) = (Arc::new(Lock::new(0)), Plain::new());
        let body = || {
            let (lock, number) = (lock.clone(), number.clone());
            Box::new(move || {
                let mut guard = lock.lock();
                number.increment();
                *guard += 1;
            }) as Box<dyn FnOnce() + Send>
        };
        together(vec![body(), body(), body()]);
        assert_eq!((number.get(), *lock.lock()), (3, 3));
    });
}

#[test]
fn a_refused_attempt_changes_nothing() {
    explore(6, 4_000, || {
        let (lock, number) = (Arc::new(Lock::new(())), Plain::new());
        let (his, mine) = ((lock.clone(), number.clone()), (lock.clone(), number.clone()));
        together(vec![
            Box::new(move || {
                let _guard = his.0.lock();
                his.1.increment();
            }),
            Box::new(move || {
                // Refused or not: what comes next has to wait for the other thread.
                drop(mine.0.try_lock());
                let _guard = mine.0.lock();
                mine.1.increment();
            }),
        ]);
        assert_eq!(number.get(), 2);
        assert!(lock.try_lock().is_some());
    });
}
