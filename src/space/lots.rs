//! Lots: numbers that nobody can foretell, for where things lie (`random_slots`).
//!
//! A process that is forked draws what its parent would have drawn.
#![forbid(unsafe_code)]

use crate::guard::canary;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Lots drawn so far.
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// A number below `count`, which is not 0.
pub fn below(count: usize) -> usize {
    /// No address, and so none of a pool's secrets.
    const PURPOSE: u64 = 0x1075 << 48;
    let number = canary::secret(PURPOSE + DRAWN.fetch_add(1, Relaxed));
    ((u128::from(number) * count as u128) >> 64) as usize
}
