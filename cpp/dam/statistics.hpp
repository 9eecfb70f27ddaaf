// dam::stats: the allocator's figures at one moment, as a value.
#ifndef DAM_STATISTICS_HPP
#define DAM_STATISTICS_HPP

#include "block.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>

extern "C" {
struct dam_stats_t;
int dam_get_stats(struct dam_stats_t *out, std::size_t size) __attribute__((weak, visibility("default")));
}

namespace dam {
inline namespace v1 {

/// The figures of the whole heap at one moment. Bytes are bytes, counts are counts; all are 0 where the program runs
/// without DAM. The members are those of `dam_stats_t` in dam.h.
struct statistics {
    // members: begin (written by `make header`)
    /// Bytes of this structure that were filled in.
    std::uint64_t size = 0;
    /// Version of the layout: 1.
    std::uint64_t version = 0;
    /// Live blocks of all tiers, and those of signal handlers that interrupted the allocator.
    std::uint64_t live_blocks = 0;
    /// Bytes that live blocks take up: slots, whole blocks, mappings.
    std::uint64_t live_bytes = 0;
    /// Bytes that live blocks were asked for.
    std::uint64_t requested_bytes = 0;
    /// Bytes that are readable and writable for blocks.
    std::uint64_t committed_bytes = 0;
    /// Bytes of the process that are in memory, the program's own included.
    std::uint64_t resident_bytes = 0;
    /// Bytes of address space reserved.
    std::uint64_t reserved_bytes = 0;
    /// Bytes mapped for the allocator's own data.
    std::uint64_t metadata_bytes = 0;
    /// Threads that have allocated and are not finished.
    std::uint64_t threads = 0;
    /// Violations found.
    std::uint64_t violations = 0;
    /// Pools (small and middle) in good health.
    std::uint64_t pools_ok = 0;
    /// Pools in quarantine.
    std::uint64_t pools_quarantined = 0;
    /// Small tier: blocks handed out since the start.
    std::uint64_t small_allocations = 0;
    /// Small tier: blocks given back since the start.
    std::uint64_t small_frees = 0;
    /// Small tier: requests refused.
    std::uint64_t small_failures = 0;
    /// Small tier: live blocks.
    std::uint64_t small_live = 0;
    /// Small tier: pools in use.
    std::uint64_t small_pools = 0;
    /// Small tier: free slots in threads' stocks.
    std::uint64_t small_cached = 0;
    /// Middle tier: blocks handed out since the start.
    std::uint64_t middle_allocations = 0;
    /// Middle tier: blocks given back since the start.
    std::uint64_t middle_frees = 0;
    /// Middle tier: requests refused.
    std::uint64_t middle_failures = 0;
    /// Middle tier: live blocks.
    std::uint64_t middle_live = 0;
    /// Middle tier: pools in use.
    std::uint64_t middle_pools = 0;
    /// Middle tier: free blocks cut in two.
    std::uint64_t middle_splits = 0;
    /// Middle tier: free neighbours made one.
    std::uint64_t middle_coalesces = 0;
    /// Large tier: blocks handed out since the start.
    std::uint64_t large_allocations = 0;
    /// Large tier: blocks given back since the start.
    std::uint64_t large_frees = 0;
    /// Large tier: requests refused, those that are too large for any tier included.
    std::uint64_t large_failures = 0;
    /// Large tier: live blocks.
    std::uint64_t large_live = 0;
    /// Large tier: bytes of freed mappings kept ready for reuse.
    std::uint64_t large_cached_bytes = 0;
    /// Zero-size blocks handed out since the start.
    std::uint64_t zero_allocations = 0;
    /// Zero-size blocks given back since the start.
    std::uint64_t zero_frees = 0;
    /// Zero-size blocks in use.
    std::uint64_t zero_live = 0;
    /// Times pages were given back to the system.
    std::uint64_t purges = 0;
    /// Bytes given back to the system.
    std::uint64_t purged_bytes = 0;
    /// Blocks freed by another door than they came by (new and free, new[] and delete).
    std::uint64_t dealloc_mismatches = 0;
    /// Slots lost to a forked child because they lay in another thread's stock.
    std::uint64_t leaked_by_fork = 0;
    /// Small tier: bytes of the slots of live blocks.
    std::uint64_t small_live_bytes = 0;
    /// Small tier: bytes that live blocks were asked for.
    std::uint64_t small_requested_bytes = 0;
    /// Small tier: bytes of pools whose memory is there.
    std::uint64_t small_committed_bytes = 0;
    /// Small tier: bytes of the slots handed out since the start.
    std::uint64_t small_allocated_bytes = 0;
    /// Small tier: bytes of free slots in threads' stocks.
    std::uint64_t small_cached_bytes = 0;
    /// Small tier: times a stock was filled from pools.
    std::uint64_t small_refills = 0;
    /// Small tier: times slots went from a stock to their pools.
    std::uint64_t small_flushes = 0;
    /// Middle tier: bytes of live blocks with their headers and slack.
    std::uint64_t middle_live_bytes = 0;
    /// Middle tier: bytes that live blocks were asked for.
    std::uint64_t middle_requested_bytes = 0;
    /// Middle tier: bytes of pools whose memory is there.
    std::uint64_t middle_committed_bytes = 0;
    /// Middle tier: bytes of the blocks handed out since the start.
    std::uint64_t middle_allocated_bytes = 0;
    /// Middle tier: bytes of freed blocks in threads' stores.
    std::uint64_t middle_cached_bytes = 0;
    /// Middle tier: first-fit searches: pools that were asked. Each looks at four nodes of a tree, at the most.
    std::uint64_t middle_searches = 0;
    /// Middle tier: the longest free run of bytes in any pool.
    std::uint64_t middle_largest_free = 0;
    /// Large tier: bytes of live blocks' pages.
    std::uint64_t large_live_bytes = 0;
    /// Large tier: bytes that live blocks were asked for.
    std::uint64_t large_requested_bytes = 0;
    /// Large tier: readable and writable bytes.
    std::uint64_t large_committed_bytes = 0;
    /// Large tier: bytes of the blocks handed out since the start.
    std::uint64_t large_allocated_bytes = 0;
    /// Address space of freed large blocks that is kept inaccessible.
    std::uint64_t quarantined_bytes = 0;
    /// Bytes in use: committed, less what was given back to the system and not used again. Limits are about this.
    std::uint64_t used_bytes = 0;
    /// Most bytes in use at one time.
    std::uint64_t peak_used_bytes = 0;
    /// Most live bytes that were seen, at the times when statistics were taken.
    std::uint64_t peak_live_bytes = 0;
    /// Bytes taken from the system since the start, fresh or once more: each page of them is a page fault.
    std::uint64_t taken_bytes = 0;
    /// Blocks handed out per second, smoothed over some ten seconds.
    std::uint64_t allocation_rate = 0;
    /// Bytes handed out per second, smoothed likewise.
    std::uint64_t allocation_bytes_rate = 0;
    /// Blocks given back per second, smoothed likewise.
    std::uint64_t free_rate = 0;
    /// Times a thread had to sleep because another one had a lock of the allocator.
    std::uint64_t lock_waits = 0;
    /// Requests refused because of the hard limit.
    std::uint64_t failures_limit = 0;
    /// Requests refused because the system had no more memory, addresses or mappings for them.
    std::uint64_t failures_memory = 0;
    /// Requests refused because no block can be that large or so aligned.
    std::uint64_t failures_size = 0;
    /// The soft limit in bytes of `used_bytes`; 0: none.
    std::uint64_t soft_limit = 0;
    /// The hard limit; 0: none.
    std::uint64_t hard_limit = 0;
    /// Times the soft limit was reached.
    std::uint64_t soft_limit_hits = 0;
    /// Pools that are nearly full.
    std::uint64_t pools_pressured = 0;
    /// Pools that hold little on many pages.
    std::uint64_t pools_fragmented = 0;
    /// Pools without a free place.
    std::uint64_t pools_exhausted = 0;
    /// Violations by name: heap-buffer-overflow.
    std::uint64_t heap_buffer_overflows = 0;
    /// heap-buffer-underflow.
    std::uint64_t heap_buffer_underflows = 0;
    /// double-free.
    std::uint64_t double_frees = 0;
    /// invalid-free.
    std::uint64_t invalid_frees = 0;
    /// size-mismatch.
    std::uint64_t size_mismatches = 0;
    /// dealloc-mismatch (those that were reported).
    std::uint64_t reported_dealloc_mismatches = 0;
    /// use-after-free.
    std::uint64_t uses_after_free = 0;
    /// metadata-corruption.
    std::uint64_t metadata_corruptions = 0;
    /// Events that found no room on their way to the callback.
    std::uint64_t events_lost = 0;
    /// Milliseconds since the allocator's start.
    std::uint64_t uptime_ms = 0;
    /// Requests refused because the limit of the process's addresses would have been exceeded.
    std::uint64_t failures_addresses = 0;
    /// Requests refused because the process could have no more mappings.
    std::uint64_t failures_mappings = 0;
    /// Times per second, smoothed, that a stock was filled.
    std::uint64_t refill_rate = 0;
    /// Times per second, smoothed, that slots went back from a stock.
    std::uint64_t flush_rate = 0;
    /// Times per second, smoothed, that a thread waited for a lock of the allocator.
    std::uint64_t lock_wait_rate = 0;
    /// Page faults of the whole process, up to a tenth of a second ago: `taken_bytes` tells which part at the most is
    /// the heap's.
    std::uint64_t page_faults = 0;
    /// Guard pages between pools and around large blocks.
    std::uint64_t guard_pages = 0;
    /// Bytes of free runs in the middle tier's pools. This and the next four are of the time when the records were last
    /// read for the page for other processes, or dam_stats_unusable_free was called.
    std::uint64_t middle_free_bytes = 0;
    /// Bytes of those runs that are too short for a block of 64 KiB.
    std::uint64_t unusable_64k_bytes = 0;
    /// For one of 256 KiB.
    std::uint64_t unusable_256k_bytes = 0;
    /// For one of 1 MiB.
    std::uint64_t unusable_1m_bytes = 0;
    /// For one of 4 MiB.
    std::uint64_t unusable_4m_bytes = 0;
    // members: end
};

/// A figure and its name.
struct figure {
    /// As the member's, and as the command `dam` and Prometheus know it.
    const char *name;
    /// Where it is in `statistics`.
    std::uint64_t statistics::*value;
};

/// All figures, in the order of the members.
inline constexpr figure figures[] = {
    // table: begin (written by `make header`)
    {"live_blocks", &statistics::live_blocks},
    {"live_bytes", &statistics::live_bytes},
    {"requested_bytes", &statistics::requested_bytes},
    {"committed_bytes", &statistics::committed_bytes},
    {"resident_bytes", &statistics::resident_bytes},
    {"reserved_bytes", &statistics::reserved_bytes},
    {"metadata_bytes", &statistics::metadata_bytes},
    {"threads", &statistics::threads},
    {"violations", &statistics::violations},
    {"pools_ok", &statistics::pools_ok},
    {"pools_quarantined", &statistics::pools_quarantined},
    {"small_allocations", &statistics::small_allocations},
    {"small_frees", &statistics::small_frees},
    {"small_failures", &statistics::small_failures},
    {"small_live", &statistics::small_live},
    {"small_pools", &statistics::small_pools},
    {"small_cached", &statistics::small_cached},
    {"middle_allocations", &statistics::middle_allocations},
    {"middle_frees", &statistics::middle_frees},
    {"middle_failures", &statistics::middle_failures},
    {"middle_live", &statistics::middle_live},
    {"middle_pools", &statistics::middle_pools},
    {"middle_splits", &statistics::middle_splits},
    {"middle_coalesces", &statistics::middle_coalesces},
    {"large_allocations", &statistics::large_allocations},
    {"large_frees", &statistics::large_frees},
    {"large_failures", &statistics::large_failures},
    {"large_live", &statistics::large_live},
    {"large_cached_bytes", &statistics::large_cached_bytes},
    {"zero_allocations", &statistics::zero_allocations},
    {"zero_frees", &statistics::zero_frees},
    {"zero_live", &statistics::zero_live},
    {"purges", &statistics::purges},
    {"purged_bytes", &statistics::purged_bytes},
    {"dealloc_mismatches", &statistics::dealloc_mismatches},
    {"leaked_by_fork", &statistics::leaked_by_fork},
    {"small_live_bytes", &statistics::small_live_bytes},
    {"small_requested_bytes", &statistics::small_requested_bytes},
    {"small_committed_bytes", &statistics::small_committed_bytes},
    {"small_allocated_bytes", &statistics::small_allocated_bytes},
    {"small_cached_bytes", &statistics::small_cached_bytes},
    {"small_refills", &statistics::small_refills},
    {"small_flushes", &statistics::small_flushes},
    {"middle_live_bytes", &statistics::middle_live_bytes},
    {"middle_requested_bytes", &statistics::middle_requested_bytes},
    {"middle_committed_bytes", &statistics::middle_committed_bytes},
    {"middle_allocated_bytes", &statistics::middle_allocated_bytes},
    {"middle_cached_bytes", &statistics::middle_cached_bytes},
    {"middle_searches", &statistics::middle_searches},
    {"middle_largest_free", &statistics::middle_largest_free},
    {"large_live_bytes", &statistics::large_live_bytes},
    {"large_requested_bytes", &statistics::large_requested_bytes},
    {"large_committed_bytes", &statistics::large_committed_bytes},
    {"large_allocated_bytes", &statistics::large_allocated_bytes},
    {"quarantined_bytes", &statistics::quarantined_bytes},
    {"used_bytes", &statistics::used_bytes},
    {"peak_used_bytes", &statistics::peak_used_bytes},
    {"peak_live_bytes", &statistics::peak_live_bytes},
    {"taken_bytes", &statistics::taken_bytes},
    {"allocation_rate", &statistics::allocation_rate},
    {"allocation_bytes_rate", &statistics::allocation_bytes_rate},
    {"free_rate", &statistics::free_rate},
    {"lock_waits", &statistics::lock_waits},
    {"failures_limit", &statistics::failures_limit},
    {"failures_memory", &statistics::failures_memory},
    {"failures_size", &statistics::failures_size},
    {"soft_limit", &statistics::soft_limit},
    {"hard_limit", &statistics::hard_limit},
    {"soft_limit_hits", &statistics::soft_limit_hits},
    {"pools_pressured", &statistics::pools_pressured},
    {"pools_fragmented", &statistics::pools_fragmented},
    {"pools_exhausted", &statistics::pools_exhausted},
    {"heap_buffer_overflows", &statistics::heap_buffer_overflows},
    {"heap_buffer_underflows", &statistics::heap_buffer_underflows},
    {"double_frees", &statistics::double_frees},
    {"invalid_frees", &statistics::invalid_frees},
    {"size_mismatches", &statistics::size_mismatches},
    {"reported_dealloc_mismatches", &statistics::reported_dealloc_mismatches},
    {"uses_after_free", &statistics::uses_after_free},
    {"metadata_corruptions", &statistics::metadata_corruptions},
    {"events_lost", &statistics::events_lost},
    {"uptime_ms", &statistics::uptime_ms},
    {"failures_addresses", &statistics::failures_addresses},
    {"failures_mappings", &statistics::failures_mappings},
    {"refill_rate", &statistics::refill_rate},
    {"flush_rate", &statistics::flush_rate},
    {"lock_wait_rate", &statistics::lock_wait_rate},
    {"page_faults", &statistics::page_faults},
    {"guard_pages", &statistics::guard_pages},
    {"middle_free_bytes", &statistics::middle_free_bytes},
    {"unusable_64k_bytes", &statistics::unusable_64k_bytes},
    {"unusable_256k_bytes", &statistics::unusable_256k_bytes},
    {"unusable_1m_bytes", &statistics::unusable_1m_bytes},
    {"unusable_4m_bytes", &statistics::unusable_4m_bytes},
    // table: end
};

/// Takes the figures now. In every one of them allocations less frees are the live blocks. Costs what `dam_get_stats`
/// does: some ten microseconds, more in large heaps.
[[nodiscard]] inline statistics stats() noexcept {
    statistics now;
    if (dam_get_stats) {
        dam_get_stats(reinterpret_cast<dam_stats_t *>(&now), sizeof now);
    }
    return now;
}

/// Writes every figure, in a line of its own: name, a space, and its value.
template <class Char, class Traits>
std::basic_ostream<Char, Traits> &operator<<(std::basic_ostream<Char, Traits> &out, const statistics &now) {
    for (const figure &each : figures) {
        out << each.name << out.widen(' ') << now.*each.value << out.widen('\n');
    }
    return out;
}

} // namespace v1
} // namespace dam

#endif
