//! Address ranges of freed blocks, kept inaccessible for a while, first in first out.
//!
//! Stops: a use after free of a large block that has gone cold (it faults), and other mappings
//! from landing where stale pointers point. Finds: double frees, as long as the range is here.
//! Costs: address space, bounded by an option, and one mapping each, bounded in number. Ranges of blocks with
//! pages of their own are mostly part of a mapping that is there anyway, so there may be many more of them.

use crate::config::limits::{QUARANTINE_OWN_RANGES, QUARANTINE_RANGES};
use crate::config::options::{OWN_PAGES, QUARANTINE_MIB};
use crate::space::guards;
use crate::sync::Leaf;

use super::mapping::{Range, mapping_limit};
use super::places::Places;
use super::warm::Offer;
use super::{address_limit, stats};

const PLACES: usize = QUARANTINE_OWN_RANGES;

static RANGES: Places<Range> = Places::new();

struct Ring {
    /// So many places are in use, one after the other, from the first.
    round: usize,
    first: usize,
    count: usize,
    bytes: usize,
}

static RING: Leaf<Ring> =
    Leaf::new(Ring { round: QUARANTINE_RANGES, first: 0, count: 0, bytes: 0 });

/// Whether a range of `len` bytes may be kept: not where address space is short.
pub fn wants(len: usize) -> bool {
    len <= most_bytes() && address_limit().is_none()
}

/// Address space the ranges may take.
pub(super) fn most_bytes() -> usize {
    (QUARANTINE_MIB.get() as usize) << 20
}

/// Number of ranges there may be.
fn most_ranges() -> usize {
    match (OWN_PAGES.is_on(), guards::wants_markers()) {
        (false, _) => QUARANTINE_RANGES,
        (true, true) => PLACES,
        (true, false) => PLACES.min(mapping_limit() / 12),
    }
}

/// Hands a range over that [`wants`] agreed to.
pub fn offer(range: Range) -> Offer<Range> {
    let most = most_ranges();
    if !RANGES.make(PLACES) {
        return Offer::TooLarge;
    }
    let mut ring = RING.lock();
    if ring.count == 0 {
        (ring.first, ring.round) = (0, if OWN_PAGES.is_on() { PLACES } else { QUARANTINE_RANGES });
    }
    let most = most.min(ring.round);
    if ring.count >= most || ring.bytes + range.len > most_bytes() {
        return ring.pop().map_or(Offer::TooLarge, Offer::MakeRoom);
    }
    let next = ring.count;
    *ring.place(next) = range;
    ring.count += 1;
    ring.bytes += range.len;
    stats::QUARANTINED.add(range.len);
    Offer::Kept
}

/// The range that has been here longest.
pub fn take() -> Option<Range> {
    RING.lock().pop()
}

/// Calls `visit` with each range, with the ring locked; `false` if the ring's own sums are wrong.
pub fn for_each(visit: &mut dyn FnMut(&Range)) -> bool {
    let mut ring = RING.lock();
    let mut bytes = 0;
    for at in 0..ring.count {
        let range = *ring.place(at);
        bytes += range.len;
        visit(&range);
    }
    bytes == ring.bytes
}

impl Ring {
    /// The place of the range that came `at` after the first.
    fn place(&mut self, at: usize) -> &mut Range {
        // SAFETY: LARGE-6: the ring is locked, and `round` is at most `PLACES`; one is used at a time.
        unsafe { RANGES.at((self.first + at) % self.round) }
    }

    fn pop(&mut self) -> Option<Range> {
        self.count = self.count.checked_sub(1)?;
        let range = *self.place(0);
        self.first = (self.first + 1) % self.round;
        self.bytes -= range.len;
        stats::QUARANTINED.sub(range.len);
        Some(range)
    }
}
