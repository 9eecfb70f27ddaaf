//! Telling the program, if it wants to be told, that memory is short or badly used. Looked at in slow paths, twice a second.

use crate::config::options::FRAGMENTATION;
use crate::guard::events::{self, Kind};
use crate::measure::stats::dam_stats_t;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use crate::sys::cgroup;

use super::figures::{self, Requested};
use super::snapshot;
use super::upkeep::is_turn;

/// Milliseconds between two looks.
const LOOK_MS: u32 = 500;
/// And between two times that pressure is told while it lasts.
const AGAIN_MS: u32 = 2000;
/// Per cent of the time that tasks of the system wait for memory when it is short of that.
const WAITING: usize = 10;
/// Fewer bytes in use are not worth a word.
const WORTH: u64 = 64 << 20;

static LOOKED_MS: AtomicU32 = AtomicU32::new(0);
static TOLD_MS: AtomicU32 = AtomicU32::new(0);
/// Fragmentation was told, and has not been a tenth less since.
static FRAGMENTED: AtomicBool = AtomicBool::new(false);

/// Looks, if it is time and anybody wants to know.
#[inline]
pub fn look_if_due(now_ms: u32) {
    if (events::are_wanted(Kind::Pressure) || events::are_wanted(Kind::Fragmentation))
        && is_turn(&LOOKED_MS, now_ms, LOOK_MS)
    {
        look(now_ms);
    }
}

#[cold]
fn look(now_ms: u32) {
    if events::are_wanted(Kind::Pressure)
        && let Some((used, limit)) = pressure()
        && is_turn(&TOLD_MS, now_ms, AGAIN_MS)
    {
        events::note_use(Kind::Pressure, used, limit);
    }
    if events::are_wanted(Kind::Fragmentation)
        && let Some(mut claim) = snapshot::claim()
    {
        let dam_stats_t { used_bytes, live_bytes, .. } = claim.gather(Requested::AsLast).stats;
        drop(claim);
        look_at_fragmentation(used_bytes, live_bytes);
    }
}

/// What is used of what may be, where that is nearly all; of the system only what this process uses is known.
fn pressure() -> Option<(u64, u64)> {
    if let Some(group) = cgroup::group()
        && group.used >= group.limit - group.limit / 10
    {
        return Some((group.used, group.limit));
    }
    let is_short = cgroup::waiting_percent().is_some_and(|percent| percent >= WAITING);
    is_short.then(|| (figures::used_bytes(), 0))
}

fn look_at_fragmentation(used: u64, live: u64) {
    let percent = used.saturating_sub(live) * 100 / used.max(1);
    let threshold = u64::from(FRAGMENTATION.get());
    if used < WORTH || percent + threshold / 10 < threshold {
        return FRAGMENTED.store(false, Relaxed);
    }
    if percent >= threshold && !FRAGMENTED.swap(true, Relaxed) {
        events::note_use(Kind::Fragmentation, used, live);
    }
}
