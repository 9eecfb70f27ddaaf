//! The gate between a thread and the slow paths, and how fork closes it.
//!
//! A fork copies one thread. Any lock that another thread held at that moment would stay taken in
//! the child for ever. So a fork first closes the gate and waits until every other thread has left
//! the slow paths, where all locks are: afterwards every lock is free, in parent and child, however
//! many pools there are. Fast paths take no lock and go on meanwhile.
//!
//! How the two agree is `sync::Door`'s part.

use crate::sync::atomic::{AtomicPtr, Ordering};
use crate::sync::{Door, Guard};
use crate::sys;

use super::registry::{self, FreeList};
use super::state::{self, Phase, State};

/// Closed while a fork is under way.
static DOOR: Door = Door::new();
/// The state of the thread that forks.
static FORKER: AtomicPtr<State> = AtomicPtr::new(core::ptr::null_mut());

/// How long a fork waits for the others when its own thread was interrupted inside a slow path: one
/// of them may be waiting for a lock of ours.
const PATIENCE_MS: u32 = 20;

/// The right to use the slow paths with this thread's state.
pub struct Session {
    state: *mut State,
    borrowed: bool,
}

/// Enters the slow paths, making a state for the thread if it has none. `None`: this thread is in
/// there already (a signal handler interrupted it), or there is no memory for a state.
pub fn enter() -> Option<Session> {
    let current = state::current();
    let (state, borrowed) = match state::phase(current) {
        Phase::Live => (current, false),
        Phase::Birth => return None,
        phase => (give_birth(phase)?, phase == Phase::Gone),
    };
    // SAFETY: THREAD-1: the state is ours.
    let busy = unsafe { &(*state).busy };
    if busy.load(Ordering::Relaxed) != 0 {
        return None;
    }
    // The forking thread itself may allocate: other libraries' fork handlers do.
    DOOR.enter(busy, || core::ptr::eq(FORKER.load(Ordering::Relaxed), state));
    Some(Session { state, borrowed })
}

/// A state for a thread without one. A thread that has ended keeps it for one operation only.
fn give_birth(phase: Phase) -> Option<*mut State> {
    state::set_birth();
    let state = registry::acquire();
    match (state, phase) {
        (None, Phase::Gone) => state::set_gone(),
        (None, _) => state::set_current_empty(),
        (Some(state), _) => {
            state::set_current(state);
            if phase == Phase::Empty {
                super::exit::watch();
            }
        }
    }
    state
}

impl Session {
    /// This thread's state.
    pub fn state(&self) -> *mut State {
        self.state
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: THREAD-1: the state is ours until here.
        unsafe {
            if self.borrowed {
                registry::empty(self.state);
            }
            Door::leave(&(*self.state).busy);
            if self.borrowed {
                state::set_birth();
                registry::release(self.state);
                state::set_gone();
            }
        }
    }
}

/// What the forking thread holds between `prepare` and the end of the fork.
struct Held(core::cell::UnsafeCell<Option<Guard<'static, FreeList>>>);

// SAFETY: THREAD-3: touched only by the thread that closed the gate.
unsafe impl Sync for Held {}

static HELD: Held = Held(core::cell::UnsafeCell::new(None));

/// Before a fork: closes the gate, waits for the others, holds the registry.
pub extern "C" fn before_fork() {
    // So that other libraries' fork handlers find a state when they allocate: none can be made
    // while the registry is held.
    drop(enter());
    let me = state::current();
    let interrupted = state::phase(me) == Phase::Birth || is_busy(me);
    DOOR.close();
    FORKER.store(me, Ordering::Relaxed);
    let start = sys::now_ms();
    registry::for_each(&mut |other| {
        while !core::ptr::eq(other, me) && is_busy(other) {
            if interrupted && sys::now_ms().wrapping_sub(start) > PATIENCE_MS {
                return;
            }
            sys::sched_yield();
        }
    });
    // A thread that was interrupted while it made its state holds the registry itself.
    if state::phase(me) != Phase::Birth {
        // SAFETY: THREAD-3: we closed the gate.
        unsafe { *HELD.0.get() = Some(registry::freeze()) };
    }
}

fn is_busy(state: *mut State) -> bool {
    // SAFETY: THREAD-1: states live for ever; the special ones are never busy.
    Door::is_inside(unsafe { &(*state).busy })
}

/// After a fork, in the parent: opens the gate.
pub extern "C" fn after_fork_in_parent() {
    open();
}

/// After a fork, in the child: takes over what the threads that are gone had, and opens the gate.
pub extern "C" fn after_fork_in_child() {
    let me = FORKER.load(Ordering::Relaxed);
    // SAFETY: THREAD-3: we closed the gate. The registry's lock is free from here on.
    drop(unsafe { (*HELD.0.get()).take() });
    if state::phase(me) != Phase::Birth && !is_busy(me) {
        // SAFETY: THREAD-1: ours is the only thread.
        unsafe { registry::adopt_orphans(me) };
    }
    open();
}

fn open() {
    // SAFETY: THREAD-3: we closed the gate.
    drop(unsafe { (*HELD.0.get()).take() });
    FORKER.store(core::ptr::null_mut(), Ordering::Relaxed);
    DOOR.open();
}
