//! Figures of the small tier, derived from records and descriptors: the fast path counts only what
//! it hands out.

use crate::sync::atomic::Ordering::{Acquire, Relaxed};

use super::class::{self, CLASSES};
use super::quarantine::QUARANTINED_POOLS;
use super::record;
use super::window;

/// What the small tier holds at this moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Live blocks.
    pub live: u64,
    /// Bytes of their slots.
    pub live_bytes: u64,
    /// Bytes asked for.
    pub requested_bytes: u64,
    /// Bytes of slots that are committed.
    pub committed_bytes: u64,
    /// Pools in use.
    pub pools: u64,
    /// Those in quarantine.
    pub pools_quarantined: u64,
}

/// Adds up all classes. Reads every record: time is proportional to the slots ever used.
pub fn collect() -> Stats {
    let mut stats =
        Stats { pools_quarantined: QUARANTINED_POOLS.load(Relaxed), ..Stats::default() };
    for class in 0..CLASSES {
        let (live, requested) = live_of_class(class);
        stats.live += live;
        stats.live_bytes += live * u64::from(class::SLOT[class]);
        stats.requested_bytes += requested;
        stats.committed_bytes += window::of(class).committed_bytes(class) as u64;
        stats.pools += u64::from(window::of(class).pools(class));
    }
    stats
}

/// Live blocks of a class and the bytes asked for.
pub fn live_of_class(class: usize) -> (u64, u64) {
    let (mut live, mut requested) = (0, 0);
    for_each_live(class, &mut |_, _, size| {
        live += 1;
        requested += size as u64;
    });
    (live, requested)
}

/// Calls `visit(slot index, record, requested size)` for every live block of a class. No lock is
/// held: blocks come and go meanwhile.
pub fn for_each_live(class: usize, visit: &mut dyn FnMut(u32, u16, usize)) {
    let window = window::of(class);
    for number in 0..window.pools(class) {
        // SAFETY: SMALL-5: descriptors live for ever.
        let reach = unsafe { window.pool(class, number).as_ref() }.inner.lock().reach;
        let first = number << class::POOL_LOG2[class];
        for index in first + 1..first + u32::from(reach) {
            let value = window.record(index).load(Acquire);
            if let Some(size) = record::size(value) {
                visit(index, value, size);
            }
        }
    }
}
