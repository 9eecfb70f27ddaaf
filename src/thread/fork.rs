//! What a fork does about the other threads; see [`super::gate`] for why.

use core::cell::UnsafeCell;

use crate::space::lots;
use crate::sync::Guard;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys;

use super::gate::{DOOR, enter, is_busy};
use super::registry::{self, FreeList};
use super::state::{self, Phase, State};
use super::{exit, gate};

/// Milliseconds a fork waits for others when its own thread was interrupted in the middle of
/// something: one of them may be waiting for a lock of ours.
const PATIENCE_INTERRUPTED: u32 = 20;
/// Milliseconds a fork waits at all: a thread may have left a slow path without its end, by a jump
/// out of a signal handler or by asynchronous cancellation.
const PATIENCE: u32 = 5000;

/// The registry, held by the thread that closed the gate until the end of its fork.
struct Frozen(UnsafeCell<Option<Guard<'static, FreeList>>>);

// SAFETY: THREAD-4: touched only by the thread that closed the gate.
unsafe impl Sync for Frozen {}

static FROZEN: Frozen = Frozen(UnsafeCell::new(None));

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
    /// lower priority than ours. Whether it came to that.
    fn wait_until(&self, mut done: impl FnMut() -> bool) -> bool {
        for round in 0u32.. {
            if done() {
                return true;
            }
            if !self.lasts() {
                break;
            }
            if round < 10 { sys::sched_yield() } else { sys::sleep_ms(1) }
        }
        false
    }
}

/// Before a fork: closes the gate, waits for the others, holds the registry.
///
/// A signal handler may fork while its own thread is in the middle of a fork: the inner fork then
/// leaves the gate to the outer one.
pub extern "C" fn before_fork() {
    // So that other libraries' fork handlers find a state when they allocate: none can be made
    // while the registry is held.
    drop(enter());
    gate::keep_a_state();
    let (me, thread) = (state::own(), sys::thread_id());
    if nest(me) > 1 || DOOR.closed_by() == thread {
        return;
    }
    // SAFETY: THREAD-1: null or ours.
    let interrupted =
        state::phase(state::face()) == Phase::Busy || (!me.is_null() && unsafe { is_busy(me) });
    let patience = Patience::new(if interrupted { PATIENCE_INTERRUPTED } else { PATIENCE });
    // Before it is closed: a signal handler that comes right behind that must not wait for its own thread.
    set_closed_as(me, thread);
    if !DOOR.close(thread, || patience.lasts()) {
        return set_closed_as(me, 0);
    }
    gate::settle();
    // The registry first: states are published under its lock, so the walk misses none.
    let mut registry = None;
    patience.wait_until(|| {
        registry = registry::try_freeze();
        registry.is_some()
    });
    registry::for_each(&mut |other| wait_for(other, me, &patience));
    // SAFETY: THREAD-4: we closed the gate.
    unsafe { *FROZEN.0.get() = registry };
}

/// Waits until the thread of a state has left the slow paths; for one that seems to be in there for
/// ever, not again.
fn wait_for(other: *mut State, me: *mut State, patience: &Patience) {
    if core::ptr::eq(other, me) {
        return;
    }
    // SAFETY: THREAD-1: states live for ever.
    let (is_outside, lost) = (|| !unsafe { is_busy(other) }, unsafe { &(*other).lost });
    let known = lost.load(Relaxed) != 0;
    let left = if known { is_outside() } else { patience.wait_until(is_outside) };
    if left || patience.most == PATIENCE {
        lost.store(u32::from(!left), Relaxed);
    }
}

/// Notes as whom this thread closes the gate, 0 for not at all: the number the child knows it by.
fn set_closed_as(me: *mut State, thread: u32) {
    if !me.is_null() {
        // SAFETY: THREAD-1: the state is ours.
        unsafe { (*me).closed_as = thread };
    }
}

/// One fork more under way in this thread; how many that makes.
fn nest(me: *mut State) -> u32 {
    if me.is_null() {
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
    if !me.is_null() {
        // SAFETY: THREAD-1: the state is ours. At 0 already when the state was made after `nest`.
        unsafe { (*me).forks = (*me).forks.saturating_sub(1) };
    }
}

/// Whether an outer fork of this thread is under way, which has the gate.
fn is_nested(me: *mut State) -> bool {
    // SAFETY: THREAD-1: ours.
    !me.is_null() && unsafe { (*me).forks > 1 }
}

/// After a fork, in the parent: opens the gate, if this thread closed it.
pub extern "C" fn after_fork_in_parent() {
    let me = state::own();
    lots::after_fork_in_parent();
    if !is_nested(me) && DOOR.closed_by() == sys::thread_id() {
        // SAFETY: THREAD-4: we closed the gate.
        drop(unsafe { (*FROZEN.0.get()).take() });
        set_closed_as(me, 0);
        DOOR.open();
    }
    finish(me);
}

/// After a fork, in the child: takes over what the threads that are gone had, and opens the gate,
/// whoever closed it.
pub extern "C" fn after_fork_in_child() {
    let me = state::own();
    if !is_nested(me) {
        // SAFETY: THREAD-4: ours is the only thread. The registry's lock is free from here on.
        drop(unsafe { (*FROZEN.0.get()).take() });
        // SAFETY: THREAD-1: ours, and the only thread.
        unsafe {
            if !me.is_null() && !is_busy(me) {
                registry::adopt_orphans(me);
                (*me).hardened.draw_anew();
                if state::is_closed() {
                    (*me).bins.iter_mut().for_each(|bin| bin.drawn = 0);
                }
            }
        }
        set_closed_as(me, 0);
        crate::guard::after_fork();
        lots::after_fork_in_child();
        DOOR.open();
    }
    finish(me);
}

fn finish(me: *mut State) {
    unnest(me);
    // SAFETY: THREAD-1: the state is ours.
    if !me.is_null() && unsafe { (*me).forks == 0 } {
        exit::give_back_kept();
    }
}
