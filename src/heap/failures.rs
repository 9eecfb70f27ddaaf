//! Requests that are refused: counted, and told.

use crate::bits::PAGE;
use crate::config::limits::{MIDDLE_MAX, SMALL_MAX};
use crate::guard::events::{self, Kind as Event};
use crate::large;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sys::{self, probes};
use crate::thread::Session;

/// Requests that were refused at sight. They come to no tier, and are counted with the large ones.
pub static AT_SIGHT: AtomicU64 = AtomicU64::new(0);

/// Requests for which the limit of addresses was too low, …
pub static ADDRESSES: AtomicU64 = AtomicU64::new(0);
/// … and those for which there were mappings too many.
pub static MAPPINGS: AtomicU64 = AtomicU64::new(0);

/// What becomes of a request that is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It is counted, and the program told that wants to be.
    Counted,
    /// Neither: it has been already, or will be when all else has been tried.
    Silent,
}

/// Whether a request that was refused is made once more: the program wants to be told of such, has been by now unless another
/// thread is just about to, and may have freed something. Asked without a session, for only then it is told.
pub fn may_be_mended() -> bool {
    let is_told = events::are_wanted(Event::Failure) || events::are_wanted(Event::HardLimit);
    is_told && !events::is_telling()
}

/// Counts a request that is refused at sight.
#[cold]
pub fn at_sight(size: usize) {
    AT_SIGHT.fetch_add(1, Relaxed);
    probes::failure(size);
}

/// A request of `size` bytes is refused, since no tier has memory for it.
#[cold]
pub fn count_want(session: &Session, size: usize) {
    /// What a tier asks of the system at a time, about, where a block needs less.
    const LEAST: usize = 1 << 20;
    if !sys::can_map(size.max(LEAST)) {
        // The limit as it was at start: a sandbox may end who asks now. One that was set later, below what is mapped already,
        // counts as one of mappings.
        let is_crowded = !sys::can_map(PAGE) && large::address_limit().is_none();
        let cause = if is_crowded { &MAPPINGS } else { &ADDRESSES };
        cause.fetch_add(1, Relaxed);
    }
    count(session, size);
}

/// A request of `size` bytes is refused.
#[cold]
pub fn count(session: &Session, size: usize) {
    let tier = match size {
        ..=SMALL_MAX => 0,
        _ if size <= MIDDLE_MAX => 1,
        _ => 2,
    };
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { (*session.state()).failures[tier].fetch_add(1, Relaxed) };
    probes::failure(size);
    events::note_failure(size);
}
