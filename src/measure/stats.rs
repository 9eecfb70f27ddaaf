//! The statistics, as C sees them.
//!
//! Structures only ever grow at their end. What each figure means is said here once; `metrics` names them all for
//! programs that enumerate them.

/// The allocator's figures at one moment. Only ever grows at its end: a program built with an older
/// header passes a smaller size and gets the fields it knows.
///
/// Bytes are bytes, counts are counts. At rest allocations - frees == live, exactly, in every tier;
/// while other threads run, the figures of one snapshot may be some operations apart.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Version of the layout: 1.
    pub version: u64,
    /// Live blocks of all tiers, and those of signal handlers that interrupted the allocator.
    pub live_blocks: u64,
    /// Bytes that live blocks take up: slots, whole blocks, mappings.
    pub live_bytes: u64,
    /// Bytes that live blocks were asked for.
    pub requested_bytes: u64,
    /// Bytes that are readable and writable for blocks.
    pub committed_bytes: u64,
    /// Bytes of the process that are in memory, the program's own included.
    pub resident_bytes: u64,
    /// Bytes of address space reserved.
    pub reserved_bytes: u64,
    /// Bytes mapped for the allocator's own data.
    pub metadata_bytes: u64,
    /// Threads that have allocated and are not finished.
    pub threads: u64,
    /// Violations found.
    pub violations: u64,
    /// Pools (small and middle) in good health.
    pub pools_ok: u64,
    /// Pools in quarantine.
    pub pools_quarantined: u64,
    /// Small tier: blocks handed out since the start.
    pub small_allocations: u64,
    /// Small tier: blocks given back since the start.
    pub small_frees: u64,
    /// Small tier: requests refused.
    pub small_failures: u64,
    /// Small tier: live blocks.
    pub small_live: u64,
    /// Small tier: pools in use.
    pub small_pools: u64,
    /// Small tier: free slots in threads' stocks.
    pub small_cached: u64,
    /// Middle tier: blocks handed out since the start.
    pub middle_allocations: u64,
    /// Middle tier: blocks given back since the start.
    pub middle_frees: u64,
    /// Middle tier: requests refused.
    pub middle_failures: u64,
    /// Middle tier: live blocks.
    pub middle_live: u64,
    /// Middle tier: pools in use.
    pub middle_pools: u64,
    /// Middle tier: free blocks cut in two.
    pub middle_splits: u64,
    /// Middle tier: free neighbours made one.
    pub middle_coalesces: u64,
    /// Large tier: blocks handed out since the start.
    pub large_allocations: u64,
    /// Large tier: blocks given back since the start.
    pub large_frees: u64,
    /// Large tier: requests refused, those that are too large for any tier included.
    pub large_failures: u64,
    /// Large tier: live blocks.
    pub large_live: u64,
    /// Large tier: bytes of freed mappings kept ready for reuse.
    pub large_cached_bytes: u64,
    /// Zero-size blocks handed out since the start.
    pub zero_allocations: u64,
    /// Zero-size blocks given back since the start.
    pub zero_frees: u64,
    /// Zero-size blocks in use.
    pub zero_live: u64,
    /// Times pages were given back to the system.
    pub purges: u64,
    /// Bytes given back to the system.
    pub purged_bytes: u64,
    /// Blocks freed by another door than they came by (new and free, new[] and delete).
    pub dealloc_mismatches: u64,
    /// Slots lost to a forked child because they lay in another thread's stock.
    pub leaked_by_fork: u64,
    /// Small tier: bytes of the slots of live blocks.
    pub small_live_bytes: u64,
    /// Small tier: bytes that live blocks were asked for.
    pub small_requested_bytes: u64,
    /// Small tier: bytes of pools whose memory is there.
    pub small_committed_bytes: u64,
    /// Small tier: bytes of the slots handed out since the start.
    pub small_allocated_bytes: u64,
    /// Small tier: bytes of free slots in threads' stocks.
    pub small_cached_bytes: u64,
    /// Small tier: times a stock was filled from pools.
    pub small_refills: u64,
    /// Small tier: times slots went from a stock to their pools.
    pub small_flushes: u64,
    /// Middle tier: bytes of live blocks with their headers and slack.
    pub middle_live_bytes: u64,
    /// Middle tier: bytes that live blocks were asked for.
    pub middle_requested_bytes: u64,
    /// Middle tier: bytes of pools whose memory is there.
    pub middle_committed_bytes: u64,
    /// Middle tier: bytes of the blocks handed out since the start.
    pub middle_allocated_bytes: u64,
    /// Middle tier: bytes of freed blocks in threads' stores.
    pub middle_cached_bytes: u64,
    /// Middle tier: first-fit searches: pools that were asked. Each looks at four nodes of a tree, at the most.
    pub middle_searches: u64,
    /// Middle tier: the longest free run of bytes in any pool.
    pub middle_largest_free: u64,
    /// Large tier: bytes of live blocks' pages.
    pub large_live_bytes: u64,
    /// Large tier: bytes that live blocks were asked for.
    pub large_requested_bytes: u64,
    /// Large tier: readable and writable bytes.
    pub large_committed_bytes: u64,
    /// Large tier: bytes of the blocks handed out since the start.
    pub large_allocated_bytes: u64,
    /// Address space of freed large blocks that is kept inaccessible.
    pub quarantined_bytes: u64,
    /// Bytes in use: committed, less what was given back to the system and not used again. Limits are about this.
    pub used_bytes: u64,
    /// Most bytes in use at one time.
    pub peak_used_bytes: u64,
    /// Most live bytes that were seen, at the times when statistics were taken.
    pub peak_live_bytes: u64,
    /// Bytes taken from the system since the start, fresh or once more: each page of them is a page fault.
    pub taken_bytes: u64,
    /// Blocks handed out per second, smoothed over some ten seconds.
    pub allocation_rate: u64,
    /// Bytes handed out per second, smoothed likewise.
    pub allocation_bytes_rate: u64,
    /// Blocks given back per second, smoothed likewise.
    pub free_rate: u64,
    /// Times a thread had to sleep because another one had a lock of the allocator.
    pub lock_waits: u64,
    /// Requests refused because of the hard limit.
    pub failures_limit: u64,
    /// Requests refused because the system had no more memory, addresses or mappings for them.
    pub failures_memory: u64,
    /// Requests refused because no block can be that large or so aligned.
    pub failures_size: u64,
    /// The soft limit in bytes of `used_bytes`; 0: none.
    pub soft_limit: u64,
    /// The hard limit; 0: none.
    pub hard_limit: u64,
    /// Times the soft limit was reached.
    pub soft_limit_hits: u64,
    /// Pools that are nearly full.
    pub pools_pressured: u64,
    /// Pools that hold little on many pages.
    pub pools_fragmented: u64,
    /// Pools without a free place.
    pub pools_exhausted: u64,
    /// Violations by name: heap-buffer-overflow.
    pub heap_buffer_overflows: u64,
    /// heap-buffer-underflow.
    pub heap_buffer_underflows: u64,
    /// double-free.
    pub double_frees: u64,
    /// invalid-free.
    pub invalid_frees: u64,
    /// size-mismatch.
    pub size_mismatches: u64,
    /// dealloc-mismatch (those that were reported).
    pub reported_dealloc_mismatches: u64,
    /// use-after-free.
    pub uses_after_free: u64,
    /// metadata-corruption.
    pub metadata_corruptions: u64,
    /// Events that found no room on their way to the callback.
    pub events_lost: u64,
    /// Milliseconds since the allocator's start.
    pub uptime_ms: u64,
    /// Requests refused because the limit of the process's addresses would have been exceeded.
    pub failures_addresses: u64,
    /// Requests refused because the process could have no more mappings.
    pub failures_mappings: u64,
    /// Times per second, smoothed, that a stock was filled.
    pub refill_rate: u64,
    /// Times per second, smoothed, that slots went back from a stock.
    pub flush_rate: u64,
    /// Times per second, smoothed, that a thread waited for a lock of the allocator.
    pub lock_wait_rate: u64,
    /// Page faults of the whole process, up to a tenth of a second ago: `taken_bytes` tells which part at the most is the heap's.
    pub page_faults: u64,
    /// Guard pages between pools and around large blocks.
    pub guard_pages: u64,
    /// Bytes of free runs in the middle tier's pools. This and the next four are of the time when the records were last
    /// read for the page for other processes, or dam_stats_unusable_free was called.
    pub middle_free_bytes: u64,
    /// Bytes of those runs that are too short for a block of 64 KiB.
    pub unusable_64k_bytes: u64,
    /// For one of 256 KiB.
    pub unusable_256k_bytes: u64,
    /// For one of 1 MiB.
    pub unusable_1m_bytes: u64,
    /// For one of 4 MiB.
    pub unusable_4m_bytes: u64,
}

/// A class of the small tier.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_class_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Bytes of a slot.
    pub slot_bytes: u64,
    /// The largest request it serves, in bytes.
    pub largest_request: u64,
    /// Blocks handed out since the start.
    pub allocations: u64,
    /// Blocks given back since the start.
    pub frees: u64,
    /// Live blocks.
    pub live: u64,
    /// Bytes that live blocks were asked for.
    pub requested_bytes: u64,
    /// Free slots in threads' stocks.
    pub cached: u64,
    /// Pools in use.
    pub pools: u64,
    /// Pools in quarantine.
    pub pools_quarantined: u64,
    /// Bytes of pools whose memory is there.
    pub committed_bytes: u64,
    /// Free slots in pools with memory behind them, about.
    pub idle: u64,
    /// How many live blocks were asked for how many bytes: each entry stands for an eighth of the sizes
    /// that come to this class and not to a smaller one, the first for the smallest.
    pub requests: [u64; 8],
}

/// How long small blocks live, of a sample (`sample_lifetimes=1`). Entry k stands for less than 2^k microseconds and not less
/// than half of that; the last one for all that is longer.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_lifetimes_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Blocks that were taken into the sample.
    pub sampled: u64,
    /// Of those that were freed, how long they lived.
    pub ended: [u64; 32],
    /// Of those that are alive, how old they are.
    pub alive: [u64; 32],
}

/// A pool of the small or the middle tier, or a live block of the large one.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_pool_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Address of its first byte.
    pub address: u64,
    /// Its length in bytes.
    pub bytes: u64,
    /// Bytes of its live blocks, with headers and slack.
    pub live_bytes: u64,
    /// Bytes of it whose memory is there.
    pub committed_bytes: u64,
    /// The class it belongs to; DAM_MIDDLE or DAM_LARGE for the other tiers.
    pub class_number: u32,
    /// DAM_POOL_OK, DAM_POOL_PRESSURED and so on.
    pub health: u32,
}

/// One of the tiers.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_tier_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Blocks handed out since the start.
    pub allocations: u64,
    /// Blocks given back since the start.
    pub frees: u64,
    /// Requests refused.
    pub failures: u64,
    /// Live blocks.
    pub live: u64,
    /// Bytes that live blocks take up.
    pub live_bytes: u64,
    /// Bytes that live blocks were asked for.
    pub requested_bytes: u64,
    /// Readable and writable bytes.
    pub committed_bytes: u64,
    /// Bytes of free blocks that threads, or the tier, keep at hand.
    pub cached_bytes: u64,
    /// Pools in use.
    pub pools: u64,
}

/// A thread's share of the small and the middle tier.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_stats_thread_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// A number that tells the threads that are running apart: it goes on to another one when its thread has ended.
    pub number: u64,
    /// Blocks it has handed out, as has any earlier thread of this number.
    pub allocations: u64,
    /// Blocks it has taken back, likewise.
    pub frees: u64,
    /// Bytes of the free slots and blocks it keeps at hand.
    pub cached_bytes: u64,
    /// Requests refused.
    pub failures: u64,
    /// Whether there is such a thread now.
    pub running: u64,
}

/// A live block, as a walk over the heap finds it.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_block_t {
    /// Bytes of this structure.
    pub size: u64,
    /// Its address.
    pub address: u64,
    /// Bytes it was asked for.
    pub requested: u64,
    /// Bytes it takes up.
    pub bytes: u64,
    /// Its class; DAM_MIDDLE or DAM_LARGE for the other tiers.
    pub class_number: u32,
    /// How it was allocated: 0 malloc, 1 new, 2 new[], 3 not known (its pool is in quarantine).
    pub kind: u32,
    /// Address of its pool; its own for a large block.
    pub pool: u64,
}

/// Blocks that are lost: the program has no address of them any more.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct dam_leaks_t {
    /// Bytes of this structure.
    pub size: u64,
    /// Blocks to which nothing points.
    pub blocks: u64,
    /// Bytes they were asked for.
    pub bytes: u64,
    /// Blocks to which these alone point, and those behind them.
    pub blocks_behind: u64,
    /// Bytes those were asked for.
    pub bytes_behind: u64,
    /// Other threads that ran meanwhile: the registers of these were not seen, so what is lost may be theirs.
    pub other_threads: u64,
}

/// `class_number` of the middle tier.
pub const DAM_MIDDLE: u32 = 1000;
/// `class_number` of the large tier.
pub const DAM_LARGE: u32 = 1001;

/// Health of a pool: none of the other things is said of it.
pub const DAM_POOL_OK: u32 = 0;
/// Less than a sixteenth of it is free. (It stays so until an eighth is.)
pub const DAM_POOL_PRESSURED: u32 = 1;
/// Less than a quarter of what it has memory for is live, on at least sixteen pages. (It stays so until three eighths are.)
pub const DAM_POOL_FRAGMENTED: u32 = 2;
/// Damaged: nothing of it is handed out any more.
pub const DAM_POOL_QUARANTINED: u32 = 3;
/// Nothing of it is free.
pub const DAM_POOL_EXHAUSTED: u32 = 4;
