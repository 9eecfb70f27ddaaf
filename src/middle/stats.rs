//! The sums of the pools' counters.
#![forbid(unsafe_code)]

use crate::measure::health::Health;
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed},
    fence,
};

use super::cell::PoolCell;
use super::pools;
use super::store::Counters;

/// Requests that could not be served. Rare, so one counter for all threads.
static FAILURES: AtomicU64 = AtomicU64::new(0);

/// Counts a request that could not be served.
#[cold]
pub fn count_failure() {
    FAILURES.fetch_add(1, Relaxed);
}

/// What the middle tier counts: `allocations - frees == live`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Blocks handed out.
    pub allocations: u64,
    /// Blocks taken back.
    pub frees: u64,
    /// Requests not served.
    pub failures: u64,
    /// Blocks in use.
    pub live: u64,
    /// Their bytes, with headers, canaries and slack.
    pub live_bytes: u64,
    /// Their bytes as requested.
    pub requested_bytes: u64,
    /// Readable and writable bytes of all pools.
    pub committed_bytes: u64,
    /// Pools.
    pub pools: u64,
    /// Pools in which no damage was found.
    pub pools_ok: u64,
    /// Pools that hand out nothing any more.
    pub pools_quarantined: u64,
    /// Cuts through free blocks.
    pub splits: u64,
    /// Free neighbours joined.
    pub coalesces: u64,
    /// Frees through another door than the block's.
    pub mismatches: u64,
    /// Runs of pages given back.
    pub purges: u64,
    /// Their bytes.
    pub purged_bytes: u64,
    /// Bytes of the blocks handed out, with headers, canaries and slack.
    pub allocated_bytes: u64,
    /// Bytes of freed blocks in threads' stores.
    pub cached_bytes: u64,
    /// Pools that were searched for a free block.
    pub searches: u64,
    /// Bytes of free pages that are in memory.
    pub spare_bytes: u64,
    /// Bytes of the longest free block.
    pub largest_free: u64,
    /// Pools by health: pressured, fragmented, exhausted. (`pools_ok` has the others that are not in quarantine.)
    pub pools_pressured: u64,
    /// See above.
    pub pools_fragmented: u64,
    /// See above.
    pub pools_exhausted: u64,
}

/// The figures now are what [`begin`](Stats::begin) has, what each thread's store adds, and [`finish`](Stats::finish). No
/// lock is taken: while other threads are at work, figures of different names may be some operations apart, but `live`
/// always is the difference of the two it comes from.
impl Stats {
    /// The frees of the pools: of pools and of each store frees are read before allocations, and what a store gave up
    /// after what the pools got. Rather a free too few than one too many.
    pub fn begin() -> Self {
        let frees = pools::all().map(|cell| cell.counters.frees.get()).sum();
        fence(Acquire);
        Self { frees, failures: FAILURES.load(Relaxed), ..Self::default() }
    }

    /// Adds what a thread's store has counted.
    pub fn add_store(&mut self, store: &Counters) {
        self.frees = self.frees.wrapping_add(store.frees).wrapping_sub(store.given_up);
        self.allocations += store.allocations;
        self.allocated_bytes += store.allocated_bytes;
        self.cached_bytes += store.cached_bytes;
        self.live_bytes = self.live_bytes.wrapping_add(store.live_bytes);
        self.requested_bytes = self.requested_bytes.wrapping_add(store.requested_bytes);
    }

    /// Adds all else that the pools have counted.
    pub fn finish(&mut self) {
        fence(Acquire);
        pools::all().for_each(|cell| self.add_pool(cell));
        // A block that went from a store to its pool between the two looks is missing from both.
        self.live_bytes = (self.live_bytes as i64).max(0) as u64;
        self.requested_bytes = ((self.requested_bytes as i64).max(0) as u64).min(self.live_bytes);
        // Fewer than none: a store has given up what was not counted as a pool's free yet.
        self.balance((self.frees as i64).max(0) as u64);
    }

    /// So many frees, and an allocation for each.
    pub fn balance(&mut self, frees: u64) {
        self.frees = frees;
        // A block that one store handed out and another took back, after the first was looked at.
        self.allocations = self.allocations.max(frees);
        self.live = self.allocations - frees;
    }

    /// Adds what a pool has counted, its frees excepted.
    fn add_pool(&mut self, cell: &PoolCell) {
        let counters = &cell.counters;
        self.allocations += counters.allocations.get();
        self.live_bytes = self.live_bytes.wrapping_add(counters.live_bytes.get());
        self.requested_bytes = self.requested_bytes.wrapping_add(counters.requested_bytes.get());
        self.committed_bytes += counters.committed_bytes.get();
        self.splits += counters.splits.get();
        self.coalesces += counters.coalesces.get();
        self.mismatches += counters.mismatches.get();
        self.purges += counters.purges.get();
        self.purged_bytes += counters.purged_bytes.get();
        self.allocated_bytes += counters.allocated_bytes.get();
        self.searches += counters.searches.get();
        self.spare_bytes += counters.spare_bytes.get();
        self.largest_free = self.largest_free.max(counters.largest_free.get());
        self.pools += 1;
        *match cell.health() {
            Health::Ok => &mut self.pools_ok,
            Health::Pressured => &mut self.pools_pressured,
            Health::Fragmented => &mut self.pools_fragmented,
            Health::Quarantined => &mut self.pools_quarantined,
            Health::Exhausted => &mut self.pools_exhausted,
        } += 1;
    }
}

/// Bytes in memory: of blocks, in threads' stores or not, and of free pages.
pub fn used_bytes() -> u64 {
    let of = |counters: &super::cell::Counters| {
        counters.live_bytes.get().wrapping_add(counters.spare_bytes.get())
    };
    pools::all().map(|cell| of(&cell.counters)).sum()
}

/// The figures now, without what threads have in their stores.
pub fn stats() -> Stats {
    let mut stats = Stats::begin();
    stats.finish();
    stats
}
