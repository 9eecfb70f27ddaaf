//! The way into the slow paths, and how a fork closes it.
//!
//! A fork copies one thread. Any lock that another thread held at that moment would stay taken in
//! the child for ever. So a fork first closes the gate and waits until every other thread has left
//! the slow paths, where all locks are: afterwards every lock is free, in parent and child, however
//! many pools there are. Fast paths take no lock and go on meanwhile.
//!
//! How the two agree is `sync::Door`'s part; what a fork does is in [`super::fork`].

use crate::guard::events;
use crate::sync::Door;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use crate::sys;

use super::registry;
use super::state::{self, Phase, State};

/// Closed while a fork is under way, by the thread that forks.
pub(super) static DOOR: Door = Door::new();

/// Whether threads enter lightly: where every operation comes this way, the locked instruction of the other way
/// is dearer than all the rest.
static LIGHT: AtomicBool = AtomicBool::new(false);

/// Makes the way in lighter and forks dearer, where the kernel can. Called once, by the first thread inside.
pub fn make_light() {
    LIGHT.store(Door::reach_all(), Relaxed);
}

/// After the gate was closed: from here on who is inside is seen.
pub(super) fn settle() {
    // Read after the gate was closed by a locked instruction: who entered lightly before had set it.
    if LIGHT.load(SeqCst) && !Door::reach_all() {
        // The kernel has changed its mind. What a processor has stored is seen within far less than this.
        sys::sleep_ms(1);
    }
}

/// The right to use the slow paths with a state. While it lasts, this thread's fast paths find nothing
/// (THREAD-3).
pub struct Session {
    state: *mut State,
    owner: *mut State,
    loan: Loan,
}

/// Whose the state is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loan {
    /// The thread's own.
    None,
    /// Borrowed by a thread that has none: its fast paths see this before and after.
    Stateless(Phase),
    /// Borrowed by a signal handler that interrupted a fast path, in the middle of which the thread's
    /// own cannot be used.
    Interrupted,
}

/// Enters the slow paths, making a state for the thread if it has none. `None`: this thread is in
/// there already (a signal handler interrupted it).
#[inline(always)]
pub fn enter() -> Option<Session> {
    let (face, own) = (state::face(), state::own());
    // No special state is ever a thread's own; but with closed fast paths a thread shows the empty one instead.
    if face != own && !(state::is_closed() && state::phase(face) == Phase::Empty && !own.is_null())
    {
        return enter_otherwise(state::phase(face));
    }
    let session = Session { state: own, owner: own, loan: Loan::None };
    state::set_busy();
    session.enter_gate();
    Some(session)
}

/// Where what the thread shows is not its own state.
#[cold]
#[inline(never)]
fn enter_otherwise(phase: Phase) -> Option<Session> {
    debug_assert!(phase != Phase::Live);
    if phase == Phase::Busy {
        return enter_interrupted();
    }
    let session = give_birth(phase)?;
    state::set_busy();
    session.enter_gate();
    Some(session)
}

/// A signal handler while the thread's bins are being worked on: by a fast path, which holds no
/// lock, or by a slow one.
fn enter_interrupted() -> Option<Session> {
    let owner = state::own();
    // SAFETY: THREAD-1: null or the calling thread's.
    if owner.is_null() || unsafe { is_busy(owner) } {
        return None;
    }
    let mut session = Session { state: owner, owner, loan: Loan::Interrupted };
    // Inside first: a handler that interrupts this one must not borrow as well.
    session.enter_gate();
    match registry::borrow() {
        Some(state) => session.state = state,
        None => {
            // SAFETY: THREAD-1.
            Door::leave(unsafe { &(*owner).busy });
            core::mem::forget(session);
            return None;
        }
    }
    Some(session)
}

/// A state for a thread without one: for good, or, where it has ended or there is no memory for
/// another, for one operation.
fn give_birth(phase: Phase) -> Option<Session> {
    state::set_busy();
    let own = state::own();
    if phase == Phase::Empty && !own.is_null() {
        // The fast paths are closed; or a signal handler made it between this thread's look at its face and its hiding
        // it, and the call that was interrupted then showed the old one again.
        return Some(Session { state: own, owner: own, loan: Loan::None });
    }
    let made = if phase == Phase::Empty { registry::acquire() } else { None };
    if let Some(state) = made {
        state::set_own(state);
        // May allocate.
        state::show_own(state);
        super::exit::watch();
        return Some(Session { state, owner: state, loan: Loan::None });
    }
    match registry::borrow() {
        Some(state) => {
            state::set_own(state);
            Some(Session { state, owner: state, loan: Loan::Stateless(phase) })
        }
        None => {
            show(phase);
            None
        }
    }
}

/// What a thread without a state shows.
fn show(phase: Phase) {
    if phase == Phase::Gone { state::set_gone() } else { state::set_empty() }
}

/// For the time of a fork, gives a thread without a state one ([`Session::end`] takes it back).
pub(super) fn keep_a_state() {
    let phase = state::phase(state::face());
    let has_one = state::is_closed() && !state::own().is_null();
    if has_one || !matches!(phase, Phase::Empty | Phase::Gone) {
        return;
    }
    state::set_busy();
    match registry::borrow() {
        Some(kept) => {
            // SAFETY: THREAD-1: ours from here on.
            unsafe { (*kept).kept_from = 1 + phase as u32 };
            state::set_own(kept);
            state::show_own(kept);
        }
        None => show(phase),
    }
}

/// Whether the thread of a state is inside a slow path.
///
/// # Safety
/// A state of the registry.
pub(super) unsafe fn is_busy(state: *mut State) -> bool {
    // SAFETY: THREAD-1: states live for ever.
    Door::is_inside(unsafe { &(*state).busy })
}

impl Session {
    /// The state to work with.
    pub fn state(&self) -> *mut State {
        self.state
    }

    /// The state that stands for the thread.
    pub fn owner(&self) -> *mut State {
        self.owner
    }

    #[inline(always)]
    fn enter_gate(&self) {
        // SAFETY: THREAD-1: the state is ours.
        let busy = unsafe { &(*self.owner).busy };
        // The forking thread itself may allocate: other libraries' fork handlers do.
        // SAFETY: THREAD-1: as above.
        let exempt = || DOOR.closed_by() == unsafe { (*self.owner).closed_as };
        match LIGHT.load(Relaxed) {
            true => DOOR.enter_lightly(busy, exempt),
            false => DOOR.enter(busy, exempt),
        }
    }

    /// Ends the session and with it the thread's use of its own state. From then on the thread is in
    /// `phase`, `Empty` or `Gone`.
    ///
    /// # Safety
    /// The state is the thread's own, not borrowed.
    pub(super) unsafe fn end(self, phase: Phase) {
        let state = self.state;
        core::mem::forget(self);
        // SAFETY: THREAD-1: the session was the right to do so.
        unsafe {
            (*state).kept_from = 0;
            registry::empty(state);
            part_with(state);
        }
        show(phase);
    }
}

/// Gives back the state of a thread that shows itself as busy.
///
/// # Safety
/// The state is the calling thread's and emptied; the thread is inside the gate with it.
unsafe fn part_with(state: *mut State) {
    // First the thread forgets it: it may be another's as soon as it is released, and a signal
    // handler must not take it for this one's.
    state::set_own(core::ptr::null_mut());
    // SAFETY: THREAD-1.
    unsafe {
        Door::leave(&(*state).busy);
        registry::release(state);
    }
}

impl Drop for Session {
    #[inline]
    fn drop(&mut self) {
        if self.loan != Loan::None {
            return self.pay_back();
        }
        // SAFETY: THREAD-1: the state is ours until here.
        Door::leave(unsafe { &(*self.owner).busy });
        state::show_own(self.owner);
        events::tell_if_waiting();
    }
}

impl Session {
    /// The end of one with a state that is not the thread's own.
    #[cold]
    #[inline(never)]
    fn pay_back(&mut self) {
        // SAFETY: THREAD-1: the states are ours until here.
        unsafe {
            match self.loan {
                Loan::None => {}
                Loan::Stateless(phase) => {
                    registry::empty(self.state);
                    part_with(self.state);
                    show(phase);
                    events::tell();
                }
                Loan::Interrupted => {
                    registry::empty(self.state);
                    registry::release(self.state);
                    // Last: a handler that comes now may borrow in its turn.
                    Door::leave(&(*self.owner).busy);
                }
            }
        }
    }
}
