//! The model checker in use: its threads, and how many orders are tried.

#[cfg(loom)]
use core::sync::atomic::AtomicUsize;
use core::sync::atomic::Ordering;
use std::sync::Arc;

#[cfg(loom)]
pub use ::loom::{
    sync::{Condvar, Mutex},
    thread::{self, yield_now},
};
#[cfg(shuttle)]
pub use ::shuttle::{
    sync::{Condvar, Mutex},
    thread::{self, yield_now},
};

use super::world;

/// Runs `scenario` in all orders with at most `preemptions` switches that no thread asked for.
#[cfg(loom)]
pub fn explore(preemptions: usize, _iterations: usize, scenario: fn()) {
    let mut model = ::loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 10_000;
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = orders.clone();
    model.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        world::run(scenario);
    });
    std::eprintln!("{} orders", orders.load(Ordering::Relaxed));
}

/// Runs `scenario` in that many random orders. `DAM_TEST_SEED` repeats a run; a failure also prints
/// the order that led to it.
#[cfg(shuttle)]
pub fn explore(_preemptions: usize, iterations: usize, scenario: fn()) {
    use ::shuttle::scheduler::{PctScheduler, RandomScheduler};
    let given = std::env::var("DAM_TEST_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.expect("after 1970").as_nanos() as u64
    });
    std::eprintln!("DAM_TEST_SEED={seed}");
    let body = move || world::run(scenario);
    let random = RandomScheduler::new_from_seed(seed, iterations / 2);
    ::shuttle::Runner::new(random, Default::default()).run(body);
    let few_switches = PctScheduler::new_from_seed(seed, 3, iterations / 2);
    ::shuttle::Runner::new(few_switches, Default::default()).run(body);
}

/// Runs the bodies as threads and waits for all of them.
pub fn together(bodies: std::vec::Vec<std::boxed::Box<dyn FnOnce() + Send>>) {
    let threads: std::vec::Vec<_> =
        bodies.into_iter().map(|body| thread::spawn(move || body())).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// A number that must not be used by two threads at once. Loom finds unordered accesses; for
/// shuttle, each use can be interrupted half-way.
pub struct Plain(
    #[cfg(loom)] ::loom::cell::UnsafeCell<u32>,
    #[cfg(shuttle)] ::shuttle::sync::atomic::AtomicU32,
);

/// Marks the number while shuttle may interrupt the thread that changes it.
#[cfg(shuttle)]
const HALF_WRITTEN: u32 = 1 << 31;

// SAFETY: the scenarios' claim, which the checker tests.
unsafe impl Sync for Plain {}

impl Plain {
    /// Zero.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Default::default()))
    }

    /// Adds one.
    #[cfg(loom)]
    pub fn increment(&self) {
        // SAFETY: loom checks that nobody else uses it.
        self.0.with_mut(|number| unsafe { *number += 1 });
    }

    /// The value.
    #[cfg(loom)]
    pub fn get(&self) -> u32 {
        // SAFETY: loom checks that nobody writes meanwhile.
        self.0.with(|number| unsafe { *number })
    }

    /// Adds one.
    #[cfg(shuttle)]
    pub fn increment(&self) {
        let before = self.get();
        self.0.store(before | HALF_WRITTEN, Ordering::Relaxed);
        yield_now();
        assert_eq!(self.0.load(Ordering::Relaxed), before | HALF_WRITTEN, "used by two at once");
        self.0.store(before + 1, Ordering::Relaxed);
    }

    /// The value.
    #[cfg(shuttle)]
    pub fn get(&self) -> u32 {
        let number = self.0.load(Ordering::Relaxed);
        assert_eq!(number & HALF_WRITTEN, 0, "used by two at once");
        number
    }
}
