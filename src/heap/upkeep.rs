//! What the slow paths do now and then: free what a signal handler could not, and give back pages that
//! have been free for long.

use crate::config::limits::{STORE_MOST, STORES_MOST};
use crate::config::options::{CHECK_EVERY, DECAY};
use crate::middle::store;
use crate::space::thrift::Given;
use crate::space::{self, thrift};
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use crate::sys;
use crate::thread::{Session, registry};
use crate::{large, middle, small};

use super::{attach, deferred, figures, idle_stocks, inspect, strain};

/// Slow-path calls of a thread between two looks at the clock.
const TICKS: u32 = 8;

/// Slow-path calls of a thread between two walks over the whole heap, in builds with the audit.
#[cfg(feature = "audit")]
const AUDIT_TICKS: u32 = 1 << 14;

/// Called at the beginning of every slow path.
#[inline]
pub fn tend(session: &Session) {
    let state = session.state();
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe {
        (*state).ticks = (*state).ticks.wrapping_add(1);
        if (*state).ticks.is_multiple_of(TICKS) || idle_stocks::is_quiet(state) {
            look_if_due(session);
        }
        #[cfg(feature = "audit")]
        if (*state).ticks.is_multiple_of(AUDIT_TICKS) {
            inspect::check_all(session);
        }
    }
    if deferred::is_waiting(session) {
        deferred::free_all(session);
    }
}

/// See [`store::look`].
#[inline]
fn look_at_store(session: &Session, now: u32, decay: u32) {
    let threads = registry::THREADS.load(Relaxed) as usize;
    // Who wants no page kept for later wants no block kept, either.
    let most = if decay == 0 { 0 } else { (STORES_MOST / threads.max(1)).min(STORE_MOST) };
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { store::look(&raw mut (*session.state()).middle, now, most) };
}

/// Memory lies idle when it has been left alone for so many milliseconds, and goes then while that is cheap.
const IDLE_MS: u32 = 20;
/// Milliseconds between two looks for it, at the least.
const LOOK_MS: u32 = 4;
/// Bytes of small blocks' pages that go per look: it happens in the middle of somebody's request.
const BYTES_PER_LOOK: usize = 1 << 20;

/// When there was last a look.
static LAST_LOOK: AtomicU32 = AtomicU32::new(0);
/// Bytes of large blocks' mappings that had been made by then.
static LARGE_MADE: AtomicUsize = AtomicUsize::new(0);
/// What the large tier has given back.
static LARGE_GIVEN: Given = Given::new();

/// Whether at least `pause` milliseconds have gone by since `last`, or it never was (0), and no other thread has noticed.
pub(super) fn is_turn(last: &AtomicU32, now: u32, pause: u32) -> bool {
    let before = last.load(Relaxed);
    (before == 0 || sys::has_passed(before, now, pause))
        && last.compare_exchange(before, now, Relaxed, Relaxed).is_ok()
}

/// A walk over the whole heap every so often, if the program's user wants that.
fn check_if_due(session: &Session, now: u32) {
    /// When the last one began.
    static LAST: AtomicU32 = AtomicU32::new(0);
    let pause = CHECK_EVERY.get();
    if pause != 0 && is_turn(&LAST, now, pause) {
        inspect::check_all(session);
    }
}

/// Gives back what has lain idle: for a short while, if the program has soon needed little of what went so, and
/// for `decay_ms` otherwise.
#[cold]
fn look_if_due(session: &Session) {
    let (now, decay) = (sys::now_ms(), DECAY.get());
    look_at_store(session, now, decay);
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { registry::settle(session.state(), now) };
    idle_stocks::look(session, now, decay);
    check_if_due(session, now);
    attach::write_if_due(session, now);
    strain::look_if_due(now);
    if !is_turn(&LAST_LOOK, now, LOOK_MS.min(decay)) {
        return;
    }
    let made = large::fresh_bytes();
    LARGE_GIVEN.grew(made.saturating_sub(LARGE_MADE.fetch_max(made, Relaxed)));
    let age = if thrift::may_go(now) { decay.min(IDLE_MS) } else { decay };
    small::purge::relieve(now);
    small::purge::look_around(now, age, BYTES_PER_LOOK);
    middle::look_around(now, age);
    if age < decay {
        LARGE_GIVEN.gave(large::reclaim_idle(usize::MAX, now, age));
    }
    large::sweep(now, decay, false);
}

/// The heap has grown by `bytes`, or is about to: as much that lies idle goes back, whether that is cheap or not.
/// (While it was not, to leave all of it made `phases` 3 % faster and 6 % larger.)
#[cold]
pub fn make_room(bytes: usize) {
    figures::note_growth();
    let (now, age) = (sys::now_ms(), DECAY.get().min(IDLE_MS));
    small::purge::look_around(now, age, bytes);
    LARGE_GIVEN.gave(large::reclaim_idle(bytes, now, age));
}

/// Gives back all pages that hold no block; the calling thread's stocks and what waits go home first.
pub fn trim(session: &Session) {
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { registry::part_with_waiting(session.state()) };
    middle::end_waiting();
    trim_idle(session);
}

/// [`trim`], but that freed blocks which wait for their reuse (`delay_kib`) go on waiting: who can have requests refused shall
/// not have places used again by it.
#[cold]
pub fn trim_idle(session: &Session) {
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { registry::empty_stocks(session.state()) };
    let now = sys::now_ms();
    small::purge::give_back_all(now);
    middle::give_back_all(now);
    large::sweep(now, 0, true);
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
    if space::is_reserved() || !REFUSED.fetch_add(1, Relaxed).is_multiple_of(REFUSED_TICKS) {
        return None;
    }
    trim(session);
    again().inspect(|_| REFUSED.store(0, Relaxed))
}
