//! The statistics, as C sees them.

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
}
