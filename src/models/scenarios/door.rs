//! `sync::Door`, the core of the gate that a fork closes (`thread::gate`): whoever closed it and saw
//! nobody inside is alone, sees what was done inside before, and others are let in again after.
//!
//! Planted and seen to fail: without the total order of "store, then look" on either side (loom);
//! entering by looking first (both); not asking whether somebody is inside (both); not setting
//! `busy` again after the wait (both); relaxed in `leave` (loom); `open` that wakes nobody
//! (deadlock, both); a second closer that does not wait (both).

use std::boxed::Box;
use std::sync::Arc;
use std::vec;

use crate::models::explore::{Plain, explore, together};
use crate::sync::Door;
use crate::sync::atomic::AtomicU32;
use crate::sys;

struct Gate {
    door: Door,
    busy: [AtomicU32; 2],
    /// What the slow paths work on.
    number: [Arc<Plain>; 2],
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            door: Door::new(),
            busy: [AtomicU32::new(0), AtomicU32::new(0)],
            number: [Plain::new(), Plain::new()],
        })
    }

    /// A slow path of thread `who`, as between `thread::enter` and the session's end.
    fn slow_path(&self, who: usize, exempt: bool) {
        self.door.enter(&self.busy[who], || exempt);
        self.number[who].increment();
        Door::leave(&self.busy[who]);
    }

    /// `before_fork` and `after_fork_in_parent`, with a look at everything in between.
    fn fork(&self, others: &[usize], inside: impl FnOnce()) {
        assert!(self.door.close(7, || true) && self.door.closed_by() == 7);
        for &other in others {
            while Door::is_inside(&self.busy[other]) {
                sys::sched_yield();
            }
            self.number[other].get();
        }
        inside();
        self.door.open();
    }
}

#[test]
fn nobody_is_inside_while_it_is_closed() {
    explore(3, 4_000, || {
        let gate = Gate::new();
        let (first, second, third) = (gate.clone(), gate.clone(), gate.clone());
        together(vec![
            Box::new(move || first.slow_path(0, false)),
            Box::new(move || second.slow_path(1, false)),
            Box::new(move || third.fork(&[0, 1], || {})),
        ]);
        assert_eq!((gate.number[0].get(), gate.number[1].get()), (1, 1));
    });
}

#[test]
fn the_thread_that_forks_is_let_in() {
    explore(5, 4_000, || {
        let gate = Gate::new();
        let (first, second) = (gate.clone(), gate.clone());
        together(vec![
            Box::new(move || {
                first.slow_path(0, false);
                first.slow_path(0, false);
            }),
            Box::new(move || {
                // Who waited for the first is seen inside by the second.
                second.fork(&[0], || second.slow_path(1, true));
                second.fork(&[0], || {});
            }),
        ]);
        assert_eq!((gate.number[0].get(), gate.number[1].get()), (2, 1));
    });
}

#[test]
fn two_forks_take_turns() {
    explore(5, 4_000, || {
        let (gate, number) = (Gate::new(), Plain::new());
        let fork = || {
            let (gate, number) = (gate.clone(), number.clone());
            Box::new(move || gate.fork(&[], || number.increment())) as Box<dyn FnOnce() + Send>
        };
        together(vec![fork(), fork()]);
        assert_eq!(number.get(), 2);
    });
}
