//! What all threads that ever were have counted, gathered in one pass over them and without a lock.
//!
//! Of one thread a free is never counted before its allocation; a block that another thread frees meanwhile may be, and
//! counts as allocated then. So allocations - frees == live in each class and in the middle tier, and no count ever goes
//! down.
//!
//! - COUNTED-1: what is counted are whole numbers, of which zero is one.

use crate::middle::{self, store};
use crate::small::Bin;
use crate::small::class::CLASSES;
use crate::small::stats::{self as small, Counts};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sys::prefetch;
use crate::thread::State;
use crate::thread::registry::{self, Classes};

/// Counts by class.
pub type ByClass = [Counts; CLASSES];

/// The counts of a moment.
pub struct Counted {
    /// The small tier's.
    pub classes: ByClass,
    /// The middle tier's: of its pools and of the threads' stores.
    pub middle: middle::Stats,
    /// Requests refused for want of memory, by tier: small, middle, large.
    pub failures: [u64; 3],
}

/// The most that was seen of a figure that does not go down.
pub struct Floor(AtomicU64);

impl Floor {
    /// Nothing was seen.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// `seen`, or what was seen before if that is more.
    pub fn lift(&self, seen: u64) -> u64 {
        self.0.fetch_max(seen, Relaxed).max(seen)
    }
}

static FREES: [Floor; CLASSES] = [const { Floor::new() }; CLASSES];
static MIDDLE_FREES: Floor = Floor::new();

impl Counted {
    /// Nothing was counted.
    // SAFETY: COUNTED-1.
    pub const NOTHING: Self = unsafe { core::mem::zeroed() };

    /// Puts those of this moment in their place.
    pub fn count(&mut self) {
        self.classes.fill(Counts::NONE);
        self.failures = [0; 3];
        self.middle = middle::Stats::begin();
        // Each bin lies on a page of its own: those of a thread are asked for while the one before it is looked at.
        let mut last = None;
        registry::for_each(&mut |state| {
            for_each_bin(state, &mut |_, bin| prefetch::to_read(bin.cast()));
            if let Some(before) = last.replace(state) {
                self.add(before);
            }
        });
        if let Some(state) = last {
            self.add(state);
        }
        self.middle.finish();
        self.settle();
    }

    fn add(&mut self, state: *const State) {
        let classes = &mut self.classes;
        // SAFETY: THREAD-1: states live for ever, and so do their bins.
        for_each_bin(state, &mut |class, bin| classes[class].add(unsafe { small::counts_of(bin) }));
        // SAFETY: as above.
        unsafe {
            if (&raw const (*state).asked_store).read_volatile() {
                self.middle.add_store(&store::counters(&raw const (*state).middle));
            }
            let failures = &(*state).failures;
            self.failures.iter_mut().zip(failures).for_each(|(sum, one)| *sum += one.load(Relaxed));
        }
    }

    fn settle(&mut self) {
        for (class, counts) in self.classes.iter_mut().enumerate() {
            // What wraps is below nothing: a thread that frees others' blocks was seen first.
            let frees = (counts.frees.wrapping_add(small::lost(class)) as i64).max(0) as u64;
            counts.frees = FREES[class].lift(frees);
            counts.allocations = counts.allocations.max(counts.frees);
        }
        self.middle.balance(MIDDLE_FREES.lift(self.middle.frees));
    }
}

/// The bins of a thread that have counted anything.
pub(super) fn for_each_bin(state: *const State, visit: &mut dyn FnMut(usize, *const Bin)) {
    // SAFETY: THREAD-1: states live for ever.
    unsafe {
        for class in Classes((&raw const (*state).touched).read_volatile()) {
            visit(class, &raw const (*state).bins[class]);
        }
    }
}
