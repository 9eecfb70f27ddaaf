//! Limits to the bytes in use ([`figures::used_bytes`]): a soft one, at which memory goes back and the program is told,
//! and a hard one, beyond which requests are refused.
//!
//! They are looked at in slow paths: blocks from a thread's stock are in memory already. Between two looks the heap can grow
//! by what one of its tiers takes at once, 2 MiB at the most, or by the block that is asked for.

use crate::config::options::{HARD_LIMIT, LIMIT_REACTION, SOFT_LIMIT};
use crate::guard::events::{self, Kind};
use crate::measure::stats::dam_stats_t;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use crate::sys;
use crate::thread::Session;

use super::{figures, upkeep};

/// Bytes; 0: none.
static SOFT: AtomicU64 = AtomicU64::new(0);
static HARD: AtomicU64 = AtomicU64::new(0);
/// Whether there is one.
static ANY: AtomicBool = AtomicBool::new(false);
/// So many bytes have to be in use before the soft limit is told again: a sixteenth of it more than when it was told last.
static NEXT_TOLD: AtomicU64 = AtomicU64::new(0);
static HITS: AtomicU64 = AtomicU64::new(0);
static REFUSED: AtomicU64 = AtomicU64::new(0);
/// When memory was last given back for a limit, and how much was in use then.
static TRIMMED_MS: AtomicU32 = AtomicU32::new(0);
static TRIMMED_USED: AtomicU64 = AtomicU64::new(0);
/// Milliseconds between two times, unless the heap has grown meanwhile.
const TRIM_MS: u32 = 100;

/// Which limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Reaching it is told.
    Soft,
    /// It is not exceeded.
    Hard,
}

/// Takes over what the options say. Called once.
pub fn prepare() {
    for (limit, option) in [(Limit::Soft, &SOFT_LIMIT), (Limit::Hard, &HARD_LIMIT)] {
        set(limit, u64::from(option.get()) << 20);
    }
}

/// Sets a limit in bytes; 0: none. What it was.
pub fn set(limit: Limit, bytes: u64) -> u64 {
    let before = match limit {
        Limit::Soft => SOFT.swap(bytes, Relaxed),
        Limit::Hard => HARD.swap(bytes, Relaxed),
    };
    if limit == Limit::Soft {
        NEXT_TOLD.store(0, Relaxed);
    }
    ANY.store(SOFT.load(Relaxed) | HARD.load(Relaxed) != 0, Relaxed);
    before
}

/// Requests that were refused for the hard limit.
pub fn refused() -> u64 {
    REFUSED.load(Relaxed)
}

/// Adds what there is to say.
pub fn add(stats: &mut dam_stats_t) {
    stats.soft_limit = SOFT.load(Relaxed);
    stats.hard_limit = HARD.load(Relaxed);
    stats.soft_limit_hits = HITS.load(Relaxed);
}

/// Whether a block of `size` bytes may be handed out; small ones come from memory that is there, so that for them it is
/// enough that the limit is not exceeded yet.
#[inline]
pub fn allows(session: &Session, size: usize, is_small: bool) -> bool {
    !ANY.load(Relaxed) || look(session, if is_small { 0 } else { size as u64 })
}

/// The program was told of a refused request, which is made once more: what it has freed goes back first, however long ago
/// that was done last. (Its own requests while it was told may have had that done, before it freed anything.)
pub fn look_again() {
    TRIMMED_MS.store(0, Relaxed);
}

/// Whether a block may grow to `size` bytes from what `before` says.
#[inline]
pub fn allow_growth(
    session: &Session,
    size: usize,
    before: impl FnOnce() -> Option<usize>,
) -> bool {
    !ANY.load(Relaxed) || look(session, size.saturating_sub(before().unwrap_or(0)) as u64)
}

#[cold]
fn look(session: &Session, more: u64) -> bool {
    let mut used = figures::used_bytes();
    look_at_soft(session, &mut used, more);
    let hard = HARD.load(Relaxed);
    if hard == 0 || used.saturating_add(more) <= hard {
        return true;
    }
    give_back(session, &mut used);
    if used.saturating_add(more) <= hard {
        return true;
    }
    REFUSED.fetch_add(1, Relaxed);
    events::note_use(Kind::HardLimit, used, hard);
    false
}

fn look_at_soft(session: &Session, used: &mut u64, more: u64) {
    let soft = SOFT.load(Relaxed);
    if soft == 0 {
        return;
    }
    if used.saturating_add(more) > soft && LIMIT_REACTION.is_on() {
        give_back(session, used);
    }
    let wanted = used.saturating_add(more);
    if wanted < soft - soft / 16 {
        NEXT_TOLD.store(0, Relaxed);
    }
    if wanted > soft && wanted >= NEXT_TOLD.load(Relaxed) {
        NEXT_TOLD.store(wanted + soft / 16, Relaxed);
        HITS.fetch_add(1, Relaxed);
        events::note_use(Kind::SoftLimit, *used, soft);
    }
}

/// Gives back what nobody uses, unless that was done a moment ago and the heap has hardly grown since.
fn give_back(session: &Session, used: &mut u64) {
    let (now, last) = (sys::now_ms(), TRIMMED_MS.load(Relaxed));
    let has_grown = *used >= TRIMMED_USED.load(Relaxed).saturating_add(*used / 16);
    if (last == 0 || has_grown || sys::has_passed(last, now, TRIM_MS))
        && TRIMMED_MS.compare_exchange(last, now, Relaxed, Relaxed).is_ok()
    {
        upkeep::trim(session);
        *used = figures::used_bytes();
        TRIMMED_USED.store(*used, Relaxed);
    }
}
