//! The last violations, for those who come later.

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sys;

use super::Finding;

/// As many are kept.
pub const KEPT: usize = 16;

/// A violation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Its number, from 1 on; 0: none.
    pub number: u64,
    /// When, in nanoseconds of the monotonic clock.
    pub at_ns: u64,
    /// Which: the position in [`Violation::ALL`](super::Violation::ALL).
    pub violation: u64,
    /// The block or pointer.
    pub address: u64,
    /// Bytes the block was asked for; 0: not known.
    pub block_size: u64,
}

/// A place; what is in it belongs together when its number is the same before and after.
struct Place {
    number: AtomicU64,
    at_ns: AtomicU64,
    violation: AtomicU64,
    address: AtomicU64,
    block_size: AtomicU64,
}

static PLACES: [Place; KEPT] = [const {
    Place {
        number: AtomicU64::new(0),
        at_ns: AtomicU64::new(0),
        violation: AtomicU64::new(0),
        address: AtomicU64::new(0),
        block_size: AtomicU64::new(0),
    }
}; KEPT];

/// Keeps violation number `number`.
pub fn note(finding: &Finding<'_>, number: u64) {
    let place = &PLACES[number as usize % KEPT];
    place.number.store(0, Relaxed);
    place.at_ns.store(sys::now_ns(), Relaxed);
    place.violation.store(finding.violation as u64, Relaxed);
    place.address.store(finding.address as u64, Relaxed);
    place.block_size.store(finding.size.unwrap_or(0) as u64, Relaxed);
    place.number.store(number, Relaxed);
}

/// The last ones, each at its number's remainder; those that are just being written are left out.
pub fn all() -> impl Iterator<Item = Recent> {
    PLACES.iter().map(|place| {
        let number = place.number.load(Relaxed);
        let event = Recent {
            number,
            at_ns: place.at_ns.load(Relaxed),
            violation: place.violation.load(Relaxed),
            address: place.address.load(Relaxed),
            block_size: place.block_size.load(Relaxed),
        };
        if number == place.number.load(Relaxed) { event } else { Recent::default() }
    })
}
