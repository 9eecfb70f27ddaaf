//! What the slow paths do now and then: free what a signal handler could not, and give back pages that
//! have been free for long.

use crate::config::limits::{STORE_MOST, STORES_MOST};
use crate::config::options::DECAY;
use crate::middle::store;
use crate::space;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sys;
use crate::thread::{Session, registry};
use crate::{large, middle, small};

use super::deferred;

/// Slow-path calls of a thread between two looks at the clock.
const TICKS: u32 = 8;

/// Slow-path calls of a thread between two walks over the whole heap, in builds with the audit.
#[cfg(feature = "audit")]
const AUDIT_TICKS: u32 = 1 << 14;

static LAST_SWEEP: AtomicU32 = AtomicU32::new(0);

/// Called at the beginning of every slow path.
#[inline]
pub fn tend(session: &Session) {
    let state = session.state();
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe {
        (*state).ticks = (*state).ticks.wrapping_add(1);
        if (*state).ticks.is_multiple_of(TICKS) {
            sweep_if_due(session);
        }
        #[cfg(feature = "audit")]
        if (*state).ticks.is_multiple_of(AUDIT_TICKS) {
            audit();
        }
    }
    if deferred::is_waiting(session) {
        deferred::free_all(session);
    }
}

/// See [`store::look`].
#[inline]
fn look_at_store(session: &Session, now: u32, decay: u32) {
    let threads = registry::THREADS.load(Ordering::Relaxed) as usize;
    // Who wants no page kept for later wants no block kept, either.
    let most = if decay == 0 { 0 } else { (STORES_MOST / threads.max(1)).min(STORE_MOST) };
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { store::look(&raw mut (*session.state()).middle, now, most) };
}

/// Walks over everything; each fault is reported.
#[cfg(feature = "audit")]
#[cold]
fn audit() {
    small::check::run(true);
    middle::check(true);
    large::check(true);
}

/// Memory lies idle when it has been left alone for one part in so many of the decay: 20 ms of a
/// second.
const IDLE_PARTS: u32 = 50;
/// Bytes that may go per millisecond because they lie idle, within the bounds on that. If all of them are needed again at once,
/// their page faults take about two in a hundred of the time.
const IDLE_PER_MS: usize = 128 << 10;
/// Milliseconds between two looks for them, at the least.
const IDLE_LOOK_MS: u32 = 4;

/// When there was last a look whether too much lies idle.
static LAST_RELIEF: AtomicU32 = AtomicU32::new(0);
/// When they were last looked for, and how long (milliseconds) that will do.
static LAST_LOOK: AtomicU32 = AtomicU32::new(0);
static PAUSE: AtomicU32 = AtomicU32::new(0);

/// Gives back what lies idle, as fast as that may go.
fn give_back_idle(now: u32, decay: u32) {
    if !is_turn(&LAST_LOOK, now, PAUSE.load(Ordering::Relaxed)) {
        return;
    }
    // While this takes long, nobody else begins.
    PAUSE.store(decay.max(IDLE_LOOK_MS), Ordering::Relaxed);
    let (most, age) = (IDLE_PER_MS * IDLE_LOOK_MS as usize, decay / IDLE_PARTS);
    let done = small::purge::reclaim(most, now, age)
        + middle::reclaim(now, age)
        + large::reclaim_idle(most, now, age);
    let pause = ((done / IDLE_PER_MS) as u32).min(decay).max(IDLE_LOOK_MS);
    PAUSE.store(pause, Ordering::Relaxed);
}

/// Whether at least `pause` milliseconds have gone by since `last`, and no other thread has noticed.
fn is_turn(last: &AtomicU32, now: u32, pause: u32) -> bool {
    let before = last.load(Ordering::Relaxed);
    sys::has_passed(before, now, pause)
        && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// The sweep runs eight times per decay period, whichever thread gets there first.
#[cold]
fn sweep_if_due(session: &Session) {
    let (now, decay) = (sys::now_ms(), DECAY.get());
    look_at_store(session, now, decay);
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { registry::settle(session.state(), now) };
    if is_turn(&LAST_RELIEF, now, IDLE_LOOK_MS) {
        small::purge::relieve(now);
    }
    give_back_idle(now, decay);
    if is_turn(&LAST_SWEEP, now, decay / 8) {
        sweep(now, decay, false);
    }
}

fn sweep(now: u32, decay: u32, everything: bool) {
    small::purge::sweep(now, decay, everything);
    middle::sweep(now, decay, everything);
    large::sweep(now, decay, everything);
}

/// Memory must have been left alone for so long (milliseconds) before it goes for others.
const IDLE_MS: u32 = 20;

/// The heap has grown by `bytes`, or is about to: as much that lies idle goes back.
#[cold]
pub fn make_room(bytes: usize) {
    let now = sys::now_ms();
    small::purge::reclaim(bytes, now, IDLE_MS);
    large::reclaim(bytes, now, IDLE_MS);
}

/// Gives back all pages that hold no block; the calling thread's stocks go home first.
pub fn trim(session: &Session) {
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { crate::thread::registry::empty(session.state()) };
    sweep(sys::now_ms(), 0, true);
    space::forget_refusal();
}

/// Small requests in a row that found no address space for a pool.
static REFUSED: AtomicU32 = AtomicU32::new(0);
/// Of so many of them one looks for what other classes and tiers hold for nothing.
const REFUSED_TICKS: u32 = 256;

/// Under a limit on address space: before a small block takes a larger slot or a page of the middle
/// tier, pools that hold nothing are given up, now and then, and `again` asks once more.
#[cold]
pub fn regain<T>(session: &Session, again: impl FnOnce() -> Option<T>) -> Option<T> {
    if space::is_reserved()
        || !REFUSED.fetch_add(1, Ordering::Relaxed).is_multiple_of(REFUSED_TICKS)
    {
        return None;
    }
    trim(session);
    again().inspect(|_| REFUSED.store(0, Ordering::Relaxed))
}
