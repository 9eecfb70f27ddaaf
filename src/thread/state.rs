//! One thread's state, and how the fast paths reach it.

use core::ptr;

use crate::small::Bin;
use crate::small::cache::Shelf;
use crate::small::class::{BINS, CLASSES};
use crate::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64};
use crate::sys::arch;

/// Blocks that a signal handler freed while its thread was inside a slow path.
pub const DEFERRED: usize = 32;

/// Everything DAM keeps per thread.
#[repr(C, align(64))]
pub struct State {
    /// The stocks, by class, and one that stays empty. Fast paths touch nothing else.
    pub bins: [Bin; BINS],
    /// Where other threads put pools of this one.
    pub shelves: [Shelf; CLASSES],
    /// Inside a slow path (THREAD-3).
    pub busy: AtomicU32,
    /// A small number that tells states apart.
    pub id: u32,
    /// A bit per class whose bin is attached.
    pub used: u64,
    /// Forks under way in this thread: more than one when a signal handler forks during a fork.
    pub forks: u32,
    /// Slow-path calls, for the sweep's clock.
    pub ticks: u32,
    /// Blocks freed by a signal handler while `busy`, and how many.
    pub deferred: [usize; DEFERRED],
    /// See `deferred`.
    pub deferred_count: u32,
    /// Requests refused for want of memory, by tier: small, middle, large.
    pub failures: [AtomicU64; 3],
    /// The next state in the list of all states; written once.
    pub next: AtomicPtr<State>,
    /// The next free state, under the registry's lock.
    pub next_free: AtomicPtr<State>,
    /// Whether a thread has it, under the registry's lock.
    pub taken: AtomicU32,
}

// SAFETY: THREAD-1, THREAD-2: shared statics are never written; other states have one user.
unsafe impl Sync for State {}

impl State {
    // A template for the statics below, never used as a value.
    #[allow(clippy::declare_interior_mutable_const)]
    const ZERO: Self = Self {
        bins: [Bin::EMPTY; BINS],
        shelves: [const { Shelf::EMPTY }; CLASSES],
        busy: AtomicU32::new(0),
        id: 0,
        used: 0,
        forks: 0,
        ticks: 0,
        deferred: [0; DEFERRED],
        deferred_count: 0,
        failures: [const { AtomicU64::new(0) }; 3],
        next: AtomicPtr::new(ptr::null_mut()),
        next_free: AtomicPtr::new(ptr::null_mut()),
        taken: AtomicU32::new(0),
    };
}

/// No state yet.
static EMPTY: State = State::ZERO;
/// A state is being made.
static BIRTH: State = State::ZERO;
/// The thread's exit handlers have run.
static GONE: State = State::ZERO;

/// Which of the special states a pointer is, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No state yet.
    Empty,
    /// A state is being made.
    Birth,
    /// A state of the registry.
    Live,
    /// The thread has ended.
    Gone,
}

crate::define_thread_word!(EMPTY);

/// This thread's state: for the fast paths, which find nothing in the special ones.
#[inline(always)]
pub fn current() -> *mut State {
    ptr::with_exposed_provenance_mut(arch::thread_word())
}

/// This thread's bin of a class.
#[inline(always)]
pub fn current_bin(class: usize) -> *mut Bin {
    debug_assert!(class < BINS);
    // SAFETY: THREAD-1: the state, special or not, has `BINS` bins; only addresses are computed.
    unsafe { (&raw mut (*current()).bins).cast::<Bin>().add(class) }
}

/// Makes `state` this thread's.
pub fn set_current(state: *const State) {
    arch::set_thread_word(state.expose_provenance());
}

/// What kind of state this is.
pub fn phase(state: *const State) -> Phase {
    if state == &raw const EMPTY {
        Phase::Empty
    } else if state == &raw const BIRTH {
        Phase::Birth
    } else if state == &raw const GONE {
        Phase::Gone
    } else {
        Phase::Live
    }
}

/// Marks this thread as making a state.
pub fn set_birth() {
    set_current(&raw const BIRTH);
}

/// Marks this thread as one without a state.
pub fn set_current_empty() {
    set_current(&raw const EMPTY);
}

/// Marks this thread as ended.
pub fn set_gone() {
    set_current(&raw const GONE);
}
