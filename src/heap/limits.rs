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
use crate::thread::{self, Session};

use super::failures::{self, Refusal};
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
/// Milliseconds between two times for the soft limit, unless the heap has grown meanwhile.
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
pub fn allows(session: &Session, size: usize, is_small: bool, refusal: Refusal) -> bool {
    let more = if is_small { 0 } else { size };
    !ANY.load(Relaxed) || look(session, size, more as u64, refusal)
}

/// Goes on with a block that is to grow to `size` bytes from what `before` says, if it may. `refusal`: what becomes of it where
/// it is refused, then or later.
#[inline]
pub fn let_grow(
    session: Session,
    size: usize,
    before: impl Fn() -> Option<usize>,
    refusal: &mut Refusal,
) -> Option<Session> {
    let more = || size.saturating_sub(before().unwrap_or(0)) as u64;
    // What does not grow is never refused.
    if !ANY.load(Relaxed) || more() == 0 || look(&session, size, more(), *refusal) {
        return Some(session);
    }
    drop(session);
    if !failures::may_be_mended() {
        return None;
    }
    *refusal = Refusal::Silent;
    thread::enter().filter(|session| look(session, size, more(), *refusal))
}

/// Whether a request of `size` bytes, which takes `more`, keeps to the limits.
#[cold]
fn look(session: &Session, size: usize, more: u64, refusal: Refusal) -> bool {
    let mut used = figures::used_bytes();
    look_at_soft(session, &mut used, more);
    let hard = HARD.load(Relaxed);
    if hard == 0 || used.saturating_add(more) <= hard {
        return true;
    }
    // However long ago that was done last: as far as this thread can help it, nothing is refused for memory that nobody uses.
    if more <= hard {
        give_back(session, &mut used);
        if used.saturating_add(more) <= hard {
            return true;
        }
    }
    if refusal == Refusal::Counted {
        REFUSED.fetch_add(1, Relaxed);
        events::note_use(Kind::HardLimit, used, hard);
        failures::count(session, size);
    }
    false
}

fn look_at_soft(session: &Session, used: &mut u64, more: u64) {
    let soft = SOFT.load(Relaxed);
    if soft == 0 {
        return;
    }
    if used.saturating_add(more) > soft && LIMIT_REACTION.is_on() && is_time_to_give_back(*used) {
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

/// Not if it was done a moment ago and the heap has hardly grown since.
fn is_time_to_give_back(used: u64) -> bool {
    let last = TRIMMED_MS.load(Relaxed);
    let has_grown = used >= TRIMMED_USED.load(Relaxed).saturating_add(used / 16);
    last == 0 || has_grown || sys::has_passed(last, sys::now_ms(), TRIM_MS)
}

/// Gives back what nobody uses.
fn give_back(session: &Session, used: &mut u64) {
    TRIMMED_MS.store(sys::now_ms(), Relaxed);
    upkeep::trim_idle(session);
    *used = figures::used_bytes();
    TRIMMED_USED.store(*used, Relaxed);
}
