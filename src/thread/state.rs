//! One thread's state, and how the fast paths reach it.

use core::ptr;
use core::sync::atomic::AtomicU16;

use crate::config::limits::SMALL_MAX;
use crate::middle::Store;
use crate::small::Bin;
use crate::small::cache::Shelf;
use crate::small::class::{self, BINS, CLASSES};
use crate::small::hardened::Hardened;
use crate::sync::Door;
use crate::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed,
};
use crate::sys::arch::{self, ThreadWords};

/// Blocks that a signal handler may free while its thread is inside a slow path.
pub const DEFERRED: usize = 32;

/// Everything DAM keeps per thread.
#[repr(C, align(64))]
pub struct State {
    /// The stocks, by class, and one that stays empty. Fast paths touch nothing else but `middle`.
    pub bins: [Bin; BINS],
    /// Where other threads put pools of this one.
    pub shelves: [Shelf; CLASSES],
    /// Freed blocks of the middle tier.
    pub middle: Store,
    /// The next state in the list of all states; written once.
    pub next: AtomicPtr<State>,
    /// Requests refused for want of memory, by tier: small, middle, large.
    pub failures: [AtomicU64; 3],
    /// A bit per class whose bin has counted something since the process started.
    pub touched: u128,
    /// Whether its store was ever asked for a block: before, that has counted nothing.
    pub asked_store: bool,
    /// Inside a slow path (THREAD-3).
    pub busy: AtomicU32,
    /// A small number that tells states apart.
    pub id: u32,
    /// A bit per class whose bin is attached.
    pub used: u128,
    /// A bit per class whose bin counts how often others have served.
    pub wanted: u128,
    /// Forks under way in this thread: more than one when a signal handler forks during a fork.
    pub forks: u32,
    /// As which thread it closes the gate for its fork; 0: it does not.
    pub closed_as: u32,
    /// What its thread, which got it for the time of a fork, goes back to: 1 + `Phase`; else 0.
    pub kept_from: u32,
    /// Its thread seems to be inside a slow path for ever: forks do not wait for it.
    pub lost: AtomicU32,
    /// Slow-path calls, for the sweep's clock.
    pub ticks: u32,
    /// When its stocks were last settled (milliseconds).
    pub settled: u32,
    /// When its stocks were last looked at (milliseconds; 0: its thread has just begun, or its stocks were just
    /// emptied), …
    pub looked_ms: u32,
    /// … how many frees of each class since then went the slow way for that alone, or as a guest's
    /// (`heap::idle_stocks`), …
    pub detours: [u8; CLASSES],
    /// … whether any class was closed to frees then (`heap::idle_stocks`), …
    pub watched: bool,
    /// … whether the last one did though there were few, …
    pub quiet: bool,
    /// … and how many blocks each bin had handed out by then (wrapping).
    pub seen: [u32; CLASSES],
    /// Blocks freed by a signal handler while `busy`.
    pub deferred: [AtomicUsize; DEFERRED],
    /// How many; more than there is room for where some had to be forgotten.
    pub deferred_count: AtomicU32,
    /// What the hardened profiles keep.
    pub hardened: Hardened,
    /// The next free state, under the registry's lock.
    pub next_free: AtomicPtr<State>,
    /// Whether a thread has it, under the registry's lock.
    pub taken: AtomicU32,
}

impl State {
    /// The bin of a class.
    #[inline(always)]
    pub fn bin_of(state: *mut Self, class: usize) -> *mut Bin {
        debug_assert!(class < BINS);
        Self::bin_at(state, class * size_of::<Bin>())
    }

    /// The bin that serves `size` bytes, at most `SMALL_MAX`.
    #[inline(always)]
    pub fn bin_for(state: *mut Self, size: usize, shared: &'static Shared) -> *mut Bin {
        debug_assert!(size <= SMALL_MAX);
        const OFFSET: usize = core::mem::offset_of!(Shared, bin_offset_of);
        let shared: *const Shared = shared;
        // SAFETY: THREAD-5: the table has an entry for each request of the small tier.
        let offset = unsafe { arch::load_wide::<OFFSET>(shared.cast(), class::step_of(size)) };
        Self::bin_at(state, offset)
    }

    #[inline(always)]
    fn bin_at(state: *mut Self, offset: usize) -> *mut Bin {
        let at = state.addr() + core::mem::offset_of!(State, bins) + offset;
        ptr::with_exposed_provenance_mut(at)
    }
}

// SAFETY: THREAD-1, THREAD-2: shared statics are never written; other states have one user.
unsafe impl Sync for State {}

impl State {
    // A template for the statics below, never used as a value.
    #[allow(clippy::declare_interior_mutable_const)]
    const ZERO: Self = Self {
        bins: [Bin::EMPTY; BINS],
        shelves: [const { Shelf::EMPTY }; CLASSES],
        middle: Store::EMPTY,
        busy: AtomicU32::new(0),
        id: 0,
        used: 0,
        touched: 0,
        asked_store: false,
        wanted: 0,
        forks: 0,
        closed_as: 0,
        kept_from: 0,
        lost: AtomicU32::new(0),
        ticks: 0,
        settled: 0,
        looked_ms: 0,
        detours: [0; CLASSES],
        watched: false,
        quiet: false,
        seen: [0; CLASSES],
        deferred: [const { AtomicUsize::new(0) }; DEFERRED],
        deferred_count: AtomicU32::new(0),
        failures: [const { AtomicU64::new(0) }; 3],
        hardened: Hardened::NEW,
        next: AtomicPtr::new(ptr::null_mut()),
        next_free: AtomicPtr::new(ptr::null_mut()),
        taken: AtomicU32::new(0),
    };
}

/// No state yet.
static EMPTY: State = State::ZERO;
/// The thread's exit handlers have run.
static GONE: State = State::ZERO;

/// What a hit needs beside the thread's own state, in one place so that one address is enough.
#[repr(C)]
pub struct Shared {
    /// The thread's bins are being worked on.
    busy: State,
    /// Which bin serves a request (THREAD-5): in memory of the process's own, not the library's, where
    /// the pages of both would count.
    bin_offset_of: [AtomicU16; class::STEPS],
}

static SHARED: Shared =
    Shared { busy: State::ZERO, bin_offset_of: [const { AtomicU16::new(0) }; class::STEPS] };

/// Fills in which bin serves a request. Called once.
pub fn prepare() {
    for (step, entry) in SHARED.bin_offset_of.iter().enumerate() {
        entry.store(class::bin_offset_of(step), Relaxed);
    }
}

/// What the fast paths of a thread see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No state yet.
    Empty,
    /// Its bins are being worked on: this is a signal handler, or a state is being made.
    Busy,
    /// A state of the registry.
    Live,
    /// The thread has ended.
    Gone,
}

crate::define_thread_words!(EMPTY);

/// The number of the word that says what the fast paths see.
const FACE: usize = 0;
/// The number of the word that holds the thread's state, null while it has none.
const OWN: usize = 1;

/// The calling thread as its fast paths see it: its bins, or empty ones.
#[derive(Clone, Copy)]
pub struct Front {
    words: ThreadWords,
    face: usize,
}

impl Front {
    /// That of the calling thread.
    #[inline(always)]
    pub fn here() -> Self {
        let words = ThreadWords::here();
        Self { words, face: words.get::<FACE>() }
    }

    /// The bin of a class.
    #[inline(always)]
    pub fn bin(self, class: usize) -> *mut Bin {
        State::bin_of(self.state(), class)
    }

    /// The bin that serves `size` bytes, at most `SMALL_MAX`.
    #[inline(always)]
    pub fn bin_for(self, size: usize, shared: &'static Shared) -> *mut Bin {
        State::bin_for(self.state(), size, shared)
    }

    #[inline(always)]
    fn state(self) -> *mut State {
        ptr::with_exposed_provenance_mut(self.face)
    }

    /// Takes bins and store out of the reach of this thread's signal handlers (THREAD-3).
    #[inline(always)]
    pub fn hide(self, shared: &'static Shared) {
        self.words.set::<FACE>((&raw const shared.busy).addr());
    }

    /// Undoes [`hide`](Self::hide).
    #[inline(always)]
    pub fn show(self) {
        self.words.set::<FACE>(self.face);
    }

    /// Works on the calling thread's store of middle blocks, or on one of a special state, which holds nothing and has
    /// no room, while its signal handlers find neither that nor bins (THREAD-3).
    #[inline(always)]
    pub fn with_store<T>(work: impl FnOnce(*mut Store) -> T) -> T {
        let front = Self::here();
        let store = front.face + core::mem::offset_of!(State, middle);
        front.hide(Shared::get());
        let done = work(ptr::with_exposed_provenance_mut(store));
        front.show();
        done
    }
}

impl Shared {
    /// The one there is.
    #[inline(always)]
    pub fn get() -> &'static Self {
        let shared: *const Self = ptr::with_exposed_provenance(crate::address_of_static!(SHARED));
        // SAFETY: THREAD-2: a static of which only THREAD-5's table is ever written, atomically.
        unsafe { &*shared }
    }
}

/// What this thread's fast paths see.
pub fn face() -> *mut State {
    ptr::with_exposed_provenance_mut(ThreadWords::here().get::<FACE>())
}

/// This thread's state; null while it has none.
pub fn own() -> *mut State {
    ptr::with_exposed_provenance_mut(ThreadWords::here().get::<OWN>())
}

/// Sets what [`own`] answers.
pub fn set_own(state: *mut State) {
    ThreadWords::here().set::<OWN>(state.expose_provenance());
}

/// Sets what [`face`] answers.
pub fn set_face(state: *const State) {
    ThreadWords::here().set::<FACE>(state.expose_provenance());
}

/// Whether all threads' fast paths find nothing.
static CLOSED: AtomicBool = AtomicBool::new(false);

/// From here on every operation takes a slow path, in all threads: for what costs more than a fast path may.
/// Called once, before the first block exists.
pub fn close_fast_paths() {
    CLOSED.store(true, Relaxed);
}

/// Whether every operation takes a slow path.
#[inline]
pub fn is_closed() -> bool {
    CLOSED.load(Relaxed)
}

/// While the fast paths are closed: works on the calling thread's own state, out of reach of its signal handlers (THREAD-3).
/// Without the gate: `work` takes no lock. `None`: it has none, or is in the middle of something.
#[inline(always)]
pub fn with_own<T>(work: impl FnOnce(*mut State) -> Option<T>) -> Option<T> {
    let words = ThreadWords::here();
    let own = words.get::<OWN>();
    if words.get::<FACE>() != crate::address_of_static!(EMPTY) || own == 0 {
        return None;
    }
    words.set::<FACE>((&raw const Shared::get().busy).addr());
    let done = work(ptr::with_exposed_provenance_mut(own));
    words.set::<FACE>(crate::address_of_static!(EMPTY));
    done
}

/// Shows the thread's own state to its fast paths, or, where those are closed, an empty one.
#[inline]
pub fn show_own(own: *const State) {
    if is_closed() { set_empty() } else { set_face(own) }
}

fn is_own_at_rest() -> bool {
    // SAFETY: THREAD-1: null or the calling thread's.
    let own = unsafe { own().as_ref() };
    own.is_some_and(|own| !Door::is_inside(&own.busy))
}

/// Whether the calling thread has a state, and is not working on it.
pub fn is_settled() -> bool {
    match phase(face()) {
        Phase::Live => true,
        Phase::Empty => is_closed() && is_own_at_rest(),
        Phase::Busy | Phase::Gone => false,
    }
}

/// What kind of state this is.
pub fn phase(state: *const State) -> Phase {
    if state == &raw const EMPTY {
        Phase::Empty
    } else if state == &raw const SHARED.busy {
        Phase::Busy
    } else if state == &raw const GONE {
        Phase::Gone
    } else {
        Phase::Live
    }
}

/// Leaves this thread's fast paths nothing: a signal handler takes the slow path.
pub fn set_busy() {
    set_face(&raw const SHARED.busy);
}

/// Marks this thread as one without a state.
pub fn set_empty() {
    set_face(&raw const EMPTY);
}

/// Marks this thread as ended.
pub fn set_gone() {
    set_face(&raw const GONE);
}
