//! Statistics, the heap check and trimming, gathered over the tiers.

use core::fmt::{self, Write};

use crate::large;
use crate::measure::stats::{
    dam_stats_class_t, dam_stats_pool_t, dam_stats_t, dam_stats_thread_t, dam_stats_tier_t,
};
use crate::measure::{json, prometheus, render};
use crate::middle;
use crate::small::class::CLASSES;
use crate::small::{check, purge};
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys::{self, Line};
use crate::thread::{self, Session};

use super::counted::Counted;
use super::figures::{self, Requested};
use super::{attach, detail, hardened, init, page_faults, upkeep};

/// The figures of this moment, in place: a signal handler's stack has room for few copies. Reads every record of the small
/// tier. A thread that is inside the allocator, in a signal handler, gets them as well: no lock is taken.
pub fn fill_in(stats: &mut dam_stats_t) {
    inside(|| count_and_gather(stats));
    add_system(stats);
}

// Of its own, so that the room for what was counted is not taken any more when the system is asked.
#[inline(never)]
fn count_and_gather(stats: &mut dam_stats_t) {
    let mut counted = Counted::NOTHING;
    gather(stats, &mut counted);
}

/// [`fill_in`], for those with room.
pub fn statistics() -> dam_stats_t {
    let mut stats = dam_stats_t::default();
    fill_in(&mut stats);
    stats
}

fn gather(stats: &mut dam_stats_t, counted: &mut Counted) {
    counted.count();
    figures::gather(stats, counted, Requested::Exact);
}

/// Adds what only the system knows.
#[inline(never)]
fn add_system(stats: &mut dam_stats_t) {
    stats.resident_bytes = sys::resident_bytes() as u64;
    stats.page_faults = page_faults::count();
}

/// Runs `ask`, which takes no lock, inside the gate if that is open to this thread.
fn inside<T>(ask: impl FnOnce() -> T) -> T {
    let session = thread::enter();
    if session.is_some() {
        init::ensure();
    }
    ask()
}

/// See [`figures::unusable_free`]; 0 in a signal handler that interrupted the allocator in its own thread.
pub fn unusable_free(size: usize) -> f64 {
    let Some(_session) = thread::enter() else { return 0.0 };
    init::ensure();
    figures::unusable_free(size)
}

/// The figures of a class, with what has to be read from its records.
pub fn class(number: usize) -> Option<dam_stats_class_t> {
    if number >= CLASSES {
        return None;
    }
    let mut counted = Counted::NOTHING;
    inside(|| {
        counted.count();
        Some(detail::class(number, &counted.classes, Requested::Exact))
    })
}

/// The figures of a pool.
pub fn pool(number: usize) -> Option<dam_stats_pool_t> {
    inside(|| detail::pool(number))
}

/// The figures of a tier.
pub fn tier(number: usize) -> Option<dam_stats_tier_t> {
    detail::tier(number, &statistics())
}

/// The figures of a thread.
pub fn thread(number: usize) -> Option<dam_stats_thread_t> {
    inside(|| detail::thread(number))
}

/// Writes the statistics as text to a file descriptor, in one call, without allocating.
pub fn print(file: i32) {
    let mut text: Line<2048> = Line::new();
    // Cannot fail: what does not fit would be cut.
    let _ = render::text(&statistics(), &mut text);
    sys::write_all(file, text.bytes());
}

/// Writes the statistics as JSON.
pub fn json(out: &mut dyn Write) -> fmt::Result {
    let (mut stats, mut counted) = (dam_stats_t::default(), Counted::NOTHING);
    inside(|| gather(&mut stats, &mut counted));
    add_system(&mut stats);
    let one = |number| inside(|| detail::class(number, &counted.classes, Requested::Exact));
    json::render(&stats, &mut (0..CLASSES).map(one), out)
}

/// Writes the statistics in one of Prometheus' formats.
pub fn prometheus(format: prometheus::Format, out: &mut dyn Write) -> fmt::Result {
    let source = prometheus::Source { stats: &statistics(), labels: "" };
    prometheus::render(&[source], format, out)
}

/// Examines every record, canary, header and bitmap, reports each fault, and tells how many there
/// are. `None`: this is a signal handler that interrupted the allocator in its own thread.
pub fn check_heap() -> Option<usize> {
    let session = thread::enter()?;
    init::ensure();
    Some(check_all(&session))
}

/// [`check_heap`], for a thread that is inside the gate.
pub fn check_all(session: &Session) -> usize {
    check::run(true) + hardened::check_own(session) + middle::check(true) + large::check(true)
}

/// Makes the heap ready, as the first allocation would.
pub fn prepare() {
    if let Some(_session) = thread::enter() {
        init::ensure();
    }
}

/// Gives free pages back to the system at once; tells whether there were any.
pub fn trim() -> bool {
    let Some(session) = thread::enter() else { return false };
    init::ensure();
    trim_all(&session) != 0
}

/// [`trim`], for a thread that is inside the gate; how many bytes went.
pub fn trim_all(session: &Session) -> u64 {
    let before = given_back();
    upkeep::trim(session);
    given_back().saturating_sub(before)
}

/// At the process's end: what others can read of it is what it has come to.
pub fn finish() {
    if let Some(session) = thread::enter() {
        attach::write_last(&session);
    }
}

fn given_back() -> u64 {
    purge::PURGED_BYTES.load(Relaxed) + middle::stats().purged_bytes + large::stats().purged_bytes
}
