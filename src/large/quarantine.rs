//! Address ranges of freed blocks, kept inaccessible for a while, first in first out.
//!
//! Stops: a use after free of a large block that has gone cold (it faults), and other mappings
//! from landing where stale pointers point. Finds: double frees, as long as the range is here.
//! Costs: address space and one mapping each, bounded in bytes and number.

use crate::config::limits::{QUARANTINE_RANGE_BYTES, QUARANTINE_RANGES};
use crate::sync::Leaf;

use super::mapping::Range;
use super::warm::Offer;
use super::{address_limit, stats};

struct Ring {
    ranges: [Range; QUARANTINE_RANGES],
    first: usize,
    count: usize,
    bytes: usize,
}

static RING: Leaf<Ring> = Leaf::new(Ring {
    ranges: [Range { start: 0, len: 0, address: 0 }; QUARANTINE_RANGES],
    first: 0,
    count: 0,
    bytes: 0,
});

/// Whether a range of `len` bytes may be kept: not where address space is short.
pub fn wants(len: usize) -> bool {
    len <= QUARANTINE_RANGE_BYTES && address_limit().is_none()
}

/// Hands a range over that [`wants`] agreed to.
pub fn offer(range: Range) -> Offer<Range> {
    let mut ring = RING.lock();
    if ring.count == QUARANTINE_RANGES || ring.bytes + range.len > QUARANTINE_RANGE_BYTES {
        return ring.pop().map_or(Offer::TooLarge, Offer::MakeRoom);
    }
    let at = (ring.first + ring.count) % QUARANTINE_RANGES;
    ring.ranges[at] = range;
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
    let ring = RING.lock();
    let mut bytes = 0;
    for at in 0..ring.count {
        let range = &ring.ranges[(ring.first + at) % QUARANTINE_RANGES];
        bytes += range.len;
        visit(range);
    }
    bytes == ring.bytes
}

impl Ring {
    fn pop(&mut self) -> Option<Range> {
        self.count = self.count.checked_sub(1)?;
        let range = self.ranges[self.first];
        self.first = (self.first + 1) % QUARANTINE_RANGES;
        self.bytes -= range.len;
        stats::QUARANTINED.sub(range.len);
        Some(range)
    }
}
