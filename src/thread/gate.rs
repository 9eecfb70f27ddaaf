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

/// Milliseconds a fork waits for others when its own thread was interrupted inside a slow path: one
/// of them may be waiting for a lock of ours.
const PATIENCE_INTERRUPTED: u32 = 20;
/// Milliseconds a fork waits at all: a thread may have left a slow path without its end, by a jump
/// out of a signal handler or by asynchronous cancellation.
const PATIENCE: u32 = 5000;

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
                // From here on a signal handler must not fill the stocks again.
                state::set_birth();
            }
            Door::leave(&(*self.state).busy);
            if self.borrowed {
                registry::release(self.state);
                state::set_gone();
            }
        }
    }
}

/// What the forking thread keeps between `before_fork` and the end of the fork.
struct Fork(core::cell::UnsafeCell<Held>);

struct Held {
    closed: bool,
    registry: Option<Guard<'static, FreeList>>,
}

// SAFETY: THREAD-3: touched only by the thread that closed the gate.
unsafe impl Sync for Fork {}

static FORK: Fork = Fork(core::cell::UnsafeCell::new(Held { closed: false, registry: None }));

/// A limit to waiting.
struct Patience {
    start: u32,
    most: u32,
}

impl Patience {
    fn new(most: u32) -> Self {
        Self { start: sys::now_ms(), most }
    }

    fn lasts(&self) -> bool {
        sys::now_ms().wrapping_sub(self.start) < self.most
    }

    /// Waits until `done`; a few times by yielding, then asleep, as the thread waited for may have a
    /// lower priority than ours.
    fn wait_until(&self, mut done: impl FnMut() -> bool) {
        for round in 0u32.. {
            if done() || !self.lasts() {
                return;
            }
            if round < 10 { sys::sched_yield() } else { sys::sleep_ms(1) }
        }
    }
}

/// Before a fork: closes the gate, waits for the others, holds the registry.
///
/// A signal handler may fork while its own thread is in the middle of a fork: the inner fork then
/// finds the gate closed by itself, and leaves it to the outer one.
pub extern "C" fn before_fork() {
    // So that other libraries' fork handlers find a state when they allocate: none can be made
    // while the registry is held.
    drop(enter());
    let me = state::current();
    if nest(me) > 1 {
        return;
    }
    let interrupted = state::phase(me) == Phase::Birth || is_busy(me);
    let patience = Patience::new(if interrupted { PATIENCE_INTERRUPTED } else { PATIENCE });
    if !DOOR.close(|| patience.lasts()) {
        return;
    }
    FORKER.store(me, Ordering::Relaxed);
    // The registry first: states are published under its lock, so the walk misses none.
    let mut registry = None;
    if state::phase(me) != Phase::Birth {
        patience.wait_until(|| {
            registry = registry::try_freeze();
            registry.is_some()
        });
    }
    registry::for_each(&mut |other| {
        patience.wait_until(|| core::ptr::eq(other, me) || !is_busy(other));
    });
    // SAFETY: THREAD-3: we closed the gate.
    unsafe { *FORK.0.get() = Held { closed: true, registry } };
}

/// One fork more under way in this thread; how many that makes.
fn nest(me: *mut State) -> u32 {
    if state::phase(me) != Phase::Live {
        return 1;
    }
    // SAFETY: THREAD-1: the state is ours.
    unsafe {
        (*me).forks += 1;
        (*me).forks
    }
}

/// One fork less under way in this thread. Last, so that a handler that forks meanwhile still finds
/// itself inside.
fn unnest(me: *mut State) {
    if state::phase(me) == Phase::Live {
        // SAFETY: THREAD-1: the state is ours. At 0 already when the state was made after `nest`.
        unsafe { (*me).forks = (*me).forks.saturating_sub(1) };
    }
}

/// Whether an outer fork of this thread is under way, which has the gate.
fn is_nested(me: *mut State) -> bool {
    // SAFETY: THREAD-1: ours, or a special state, which is never written.
    unsafe { (*me).forks > 1 }
}

fn is_busy(state: *mut State) -> bool {
    // SAFETY: THREAD-1: states live for ever; the special ones are never busy.
    Door::is_inside(unsafe { &(*state).busy })
}

/// After a fork, in the parent: opens the gate.
pub extern "C" fn after_fork_in_parent() {
    let me = state::current();
    if !is_nested(me) {
        open();
    }
    unnest(me);
}

/// After a fork, in the child: takes over what the threads that are gone had, and opens the gate.
pub extern "C" fn after_fork_in_child() {
    let me = state::current();
    if is_nested(me) {
        return unnest(me);
    }
    // SAFETY: THREAD-3: ours is the only thread. The registry's lock is free from here on.
    drop(unsafe { (*FORK.0.get()).registry.take() });
    if state::phase(me) != Phase::Birth && !is_busy(me) {
        // SAFETY: THREAD-1: ours is the only thread.
        unsafe { registry::adopt_orphans(me) };
    }
    open();
    unnest(me);
}

fn open() {
    // SAFETY: THREAD-3: whoever finds `closed` set here closed the gate, or is alone.
    let held = unsafe { &mut *FORK.0.get() };
    drop(held.registry.take());
    if core::mem::take(&mut held.closed) {
        FORKER.store(core::ptr::null_mut(), Ordering::Relaxed);
        DOOR.open();
    }
}
