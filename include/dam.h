#ifndef DAM_H
#define DAM_H

/* Generated from src/abi/dam.rs, src/abi/stats.rs, src/measure and src/guard/events.rs by `make header`: edit those. */

#include <stddef.h>
#include <stdint.h>


/*
 Event kind: a violation was found.
 */
#define DAM_EVENT_VIOLATION 1

/*
 Event kind: a pool went into quarantine.
 */
#define DAM_EVENT_QUARANTINE 2

/*
 Event kind: a request was refused for want of memory. It is made once more when the callback has returned.
 */
#define DAM_EVENT_FAILURE 4

/*
 Event kind: the soft limit was reached. Told again when the bytes in use have grown by a sixteenth of it, or have been
 that much below it.
 */
#define DAM_EVENT_SOFT_LIMIT 8

/*
 Event kind: a request was refused for the hard limit. It is made once more when the callback has returned.
 */
#define DAM_EVENT_HARD_LIMIT 16

/*
 Event kind: the process's control group uses nine tenths of what it may, or the system is short of memory (a tenth of
 the time, some task waits for it). Told at most every two seconds, while it is so.
 */
#define DAM_EVENT_PRESSURE 32

/*
 Event kind: of the bytes in use, more hold no live block than option `fragmentation_pct` says, and it is more than 64 MiB.
 Told again when it was a tenth less.
 */
#define DAM_EVENT_FRAGMENTATION 64

/*
 `dam_set_limit`: the limit at which memory goes back to the system and the program is told (DAM_EVENT_SOFT_LIMIT).
 */
#define DAM_SOFT_LIMIT 0

/*
 `dam_set_limit`: the limit beyond which requests are refused (`ENOMEM`, DAM_EVENT_HARD_LIMIT).
 */
#define DAM_HARD_LIMIT 1

/*
 `class_number` of the middle tier.
 */
#define DAM_MIDDLE 1000

/*
 `class_number` of the large tier.
 */
#define DAM_LARGE 1001

/*
 Health of a pool: none of the other things is said of it.
 */
#define DAM_POOL_OK 0

/*
 Less than a sixteenth of it is free. (It stays so until an eighth is.)
 */
#define DAM_POOL_PRESSURED 1

/*
 Less than a quarter of what it has memory for is live, on at least sixteen pages. (It stays so until three eighths are.)
 */
#define DAM_POOL_FRAGMENTED 2

/*
 Damaged: nothing of it is handed out any more.
 */
#define DAM_POOL_QUARANTINED 3

/*
 Nothing of it is free.
 */
#define DAM_POOL_EXHAUSTED 4

/*
 `kind` of a figure that goes up and down.
 */
#define DAM_GAUGE 0

/*
 `kind` of one that only goes up.
 */
#define DAM_COUNTER 1

/*
 `kind` of a ratio.
 */
#define DAM_RATIO 2

/*
 One thing that happened. Only ever grows at its end: `size` says how much of it there is.
 */
typedef struct dam_event_t {
  /*
   Bytes of this structure.
   */
  uint64_t size;
  /*
   What kind of event it is: one of `DAM_EVENT_*`.
   */
  uint32_t kind;
  /*
   Events that were lost before this one: there were too many at once, or the callback's own requests were refused.
   */
  uint32_t lost;
  /*
   The violation's name, `double-free` and so on, a constant; empty for other events.
   */
  const char *violation;
  /*
   The pointer the program passed, or the block concerned; a quarantined pool's first byte; else NULL.
   */
  void *address;
  /*
   The bytes the block was asked for, or those of a refused request; 0 where that is not known.
   */
  uint64_t block_size;
  /*
   Bytes in use: for limits, pressure and fragmentation.
   */
  uint64_t used_bytes;
  /*
   What they are measured by: the limit, or the bytes the control group may use, or live bytes; 0: none.
   */
  uint64_t limit_bytes;
} dam_event_t;

/*
 The allocator's figures at one moment. Only ever grows at its end: a program built with an older
 header passes a smaller size and gets the fields it knows.

 Bytes are bytes, counts are counts. At rest allocations - frees == live, exactly, in every tier;
 while other threads run, the figures of one snapshot may be some operations apart.
 */
typedef struct dam_stats_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Version of the layout: 1.
   */
  uint64_t version;
  /*
   Live blocks of all tiers, and those of signal handlers that interrupted the allocator.
   */
  uint64_t live_blocks;
  /*
   Bytes that live blocks take up: slots, whole blocks, mappings.
   */
  uint64_t live_bytes;
  /*
   Bytes that live blocks were asked for.
   */
  uint64_t requested_bytes;
  /*
   Bytes that are readable and writable for blocks.
   */
  uint64_t committed_bytes;
  /*
   Bytes of the process that are in memory, the program's own included.
   */
  uint64_t resident_bytes;
  /*
   Bytes of address space reserved.
   */
  uint64_t reserved_bytes;
  /*
   Bytes mapped for the allocator's own data.
   */
  uint64_t metadata_bytes;
  /*
   Threads that have allocated and are not finished.
   */
  uint64_t threads;
  /*
   Violations found.
   */
  uint64_t violations;
  /*
   Pools (small and middle) in good health.
   */
  uint64_t pools_ok;
  /*
   Pools in quarantine.
   */
  uint64_t pools_quarantined;
  /*
   Small tier: blocks handed out since the start.
   */
  uint64_t small_allocations;
  /*
   Small tier: blocks given back since the start.
   */
  uint64_t small_frees;
  /*
   Small tier: requests refused.
   */
  uint64_t small_failures;
  /*
   Small tier: live blocks.
   */
  uint64_t small_live;
  /*
   Small tier: pools in use.
   */
  uint64_t small_pools;
  /*
   Small tier: free slots in threads' stocks.
   */
  uint64_t small_cached;
  /*
   Middle tier: blocks handed out since the start.
   */
  uint64_t middle_allocations;
  /*
   Middle tier: blocks given back since the start.
   */
  uint64_t middle_frees;
  /*
   Middle tier: requests refused.
   */
  uint64_t middle_failures;
  /*
   Middle tier: live blocks.
   */
  uint64_t middle_live;
  /*
   Middle tier: pools in use.
   */
  uint64_t middle_pools;
  /*
   Middle tier: free blocks cut in two.
   */
  uint64_t middle_splits;
  /*
   Middle tier: free neighbours made one.
   */
  uint64_t middle_coalesces;
  /*
   Large tier: blocks handed out since the start.
   */
  uint64_t large_allocations;
  /*
   Large tier: blocks given back since the start.
   */
  uint64_t large_frees;
  /*
   Large tier: requests refused, those that are too large for any tier included.
   */
  uint64_t large_failures;
  /*
   Large tier: live blocks.
   */
  uint64_t large_live;
  /*
   Large tier: bytes of freed mappings kept ready for reuse.
   */
  uint64_t large_cached_bytes;
  /*
   Zero-size blocks handed out since the start.
   */
  uint64_t zero_allocations;
  /*
   Zero-size blocks given back since the start.
   */
  uint64_t zero_frees;
  /*
   Zero-size blocks in use.
   */
  uint64_t zero_live;
  /*
   Times pages were given back to the system.
   */
  uint64_t purges;
  /*
   Bytes given back to the system.
   */
  uint64_t purged_bytes;
  /*
   Blocks freed by another door than they came by (new and free, new[] and delete).
   */
  uint64_t dealloc_mismatches;
  /*
   Slots lost to a forked child because they lay in another thread's stock.
   */
  uint64_t leaked_by_fork;
  /*
   Small tier: bytes of the slots of live blocks.
   */
  uint64_t small_live_bytes;
  /*
   Small tier: bytes that live blocks were asked for.
   */
  uint64_t small_requested_bytes;
  /*
   Small tier: bytes of pools whose memory is there.
   */
  uint64_t small_committed_bytes;
  /*
   Small tier: bytes of the slots handed out since the start.
   */
  uint64_t small_allocated_bytes;
  /*
   Small tier: bytes of free slots in threads' stocks.
   */
  uint64_t small_cached_bytes;
  /*
   Small tier: times a stock was filled from pools.
   */
  uint64_t small_refills;
  /*
   Small tier: times slots went from a stock to their pools.
   */
  uint64_t small_flushes;
  /*
   Middle tier: bytes of live blocks with their headers and slack.
   */
  uint64_t middle_live_bytes;
  /*
   Middle tier: bytes that live blocks were asked for.
   */
  uint64_t middle_requested_bytes;
  /*
   Middle tier: bytes of pools whose memory is there.
   */
  uint64_t middle_committed_bytes;
  /*
   Middle tier: bytes of the blocks handed out since the start.
   */
  uint64_t middle_allocated_bytes;
  /*
   Middle tier: bytes of freed blocks in threads' stores.
   */
  uint64_t middle_cached_bytes;
  /*
   Middle tier: first-fit searches: pools that were asked. Each looks at four nodes of a tree, at the most.
   */
  uint64_t middle_searches;
  /*
   Middle tier: the longest free run of bytes in any pool.
   */
  uint64_t middle_largest_free;
  /*
   Large tier: bytes of live blocks' pages.
   */
  uint64_t large_live_bytes;
  /*
   Large tier: bytes that live blocks were asked for.
   */
  uint64_t large_requested_bytes;
  /*
   Large tier: readable and writable bytes.
   */
  uint64_t large_committed_bytes;
  /*
   Large tier: bytes of the blocks handed out since the start.
   */
  uint64_t large_allocated_bytes;
  /*
   Address space of freed large blocks that is kept inaccessible.
   */
  uint64_t quarantined_bytes;
  /*
   Bytes in use: committed, less what was given back to the system and not used again. Limits are about this.
   */
  uint64_t used_bytes;
  /*
   Most bytes in use at one time.
   */
  uint64_t peak_used_bytes;
  /*
   Most live bytes that were seen, at the times when statistics were taken.
   */
  uint64_t peak_live_bytes;
  /*
   Bytes taken from the system since the start, fresh or once more: each page of them is a page fault.
   */
  uint64_t taken_bytes;
  /*
   Blocks handed out per second, smoothed over some ten seconds.
   */
  uint64_t allocation_rate;
  /*
   Bytes handed out per second, smoothed likewise.
   */
  uint64_t allocation_bytes_rate;
  /*
   Blocks given back per second, smoothed likewise.
   */
  uint64_t free_rate;
  /*
   Times a thread had to sleep because another one had a lock of the allocator.
   */
  uint64_t lock_waits;
  /*
   Requests refused because of the hard limit.
   */
  uint64_t failures_limit;
  /*
   Requests refused because the system had no more memory, addresses or mappings for them.
   */
  uint64_t failures_memory;
  /*
   Requests refused because no block can be that large or so aligned.
   */
  uint64_t failures_size;
  /*
   The soft limit in bytes of `used_bytes`; 0: none.
   */
  uint64_t soft_limit;
  /*
   The hard limit; 0: none.
   */
  uint64_t hard_limit;
  /*
   Times the soft limit was reached.
   */
  uint64_t soft_limit_hits;
  /*
   Pools that are nearly full.
   */
  uint64_t pools_pressured;
  /*
   Pools that hold little on many pages.
   */
  uint64_t pools_fragmented;
  /*
   Pools without a free place.
   */
  uint64_t pools_exhausted;
  /*
   Violations by name: heap-buffer-overflow.
   */
  uint64_t heap_buffer_overflows;
  /*
   heap-buffer-underflow.
   */
  uint64_t heap_buffer_underflows;
  /*
   double-free.
   */
  uint64_t double_frees;
  /*
   invalid-free.
   */
  uint64_t invalid_frees;
  /*
   size-mismatch.
   */
  uint64_t size_mismatches;
  /*
   dealloc-mismatch (those that were reported).
   */
  uint64_t reported_dealloc_mismatches;
  /*
   use-after-free.
   */
  uint64_t uses_after_free;
  /*
   metadata-corruption.
   */
  uint64_t metadata_corruptions;
  /*
   Events that found no room on their way to the callback.
   */
  uint64_t events_lost;
  /*
   Milliseconds since the allocator's start.
   */
  uint64_t uptime_ms;
  /*
   Requests refused because the limit of the process's addresses would have been exceeded.
   */
  uint64_t failures_addresses;
  /*
   Requests refused because the process could have no more mappings.
   */
  uint64_t failures_mappings;
  /*
   Times per second, smoothed, that a stock was filled.
   */
  uint64_t refill_rate;
  /*
   Times per second, smoothed, that slots went back from a stock.
   */
  uint64_t flush_rate;
  /*
   Times per second, smoothed, that a thread waited for a lock of the allocator.
   */
  uint64_t lock_wait_rate;
  /*
   Page faults of the whole process, up to a tenth of a second ago: `taken_bytes` tells which part at the most is the heap's.
   */
  uint64_t page_faults;
  /*
   Guard pages between pools and around large blocks.
   */
  uint64_t guard_pages;
  /*
   Bytes of free runs in the middle tier's pools. This and the next four are of the time when the records were last
   read for the page for other processes, or dam_stats_unusable_free was called.
   */
  uint64_t middle_free_bytes;
  /*
   Bytes of those runs that are too short for a block of 64 KiB.
   */
  uint64_t unusable_64k_bytes;
  /*
   For one of 256 KiB.
   */
  uint64_t unusable_256k_bytes;
  /*
   For one of 1 MiB.
   */
  uint64_t unusable_1m_bytes;
  /*
   For one of 4 MiB.
   */
  uint64_t unusable_4m_bytes;
} dam_stats_t;

/*
 A class of the small tier.
 */
typedef struct dam_stats_class_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Bytes of a slot.
   */
  uint64_t slot_bytes;
  /*
   The largest request it serves, in bytes.
   */
  uint64_t largest_request;
  /*
   Blocks handed out since the start.
   */
  uint64_t allocations;
  /*
   Blocks given back since the start.
   */
  uint64_t frees;
  /*
   Live blocks.
   */
  uint64_t live;
  /*
   Bytes that live blocks were asked for.
   */
  uint64_t requested_bytes;
  /*
   Free slots in threads' stocks.
   */
  uint64_t cached;
  /*
   Pools in use.
   */
  uint64_t pools;
  /*
   Pools in quarantine.
   */
  uint64_t pools_quarantined;
  /*
   Bytes of pools whose memory is there.
   */
  uint64_t committed_bytes;
  /*
   Free slots in pools with memory behind them, about.
   */
  uint64_t idle;
  /*
   How many live blocks were asked for how many bytes: each entry stands for an eighth of the sizes
   that come to this class and not to a smaller one, the first for the smallest.
   */
  uint64_t requests[8];
} dam_stats_class_t;

/*
 A pool of the small or the middle tier, or a live block of the large one.
 */
typedef struct dam_stats_pool_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Address of its first byte.
   */
  uint64_t address;
  /*
   Its length in bytes.
   */
  uint64_t bytes;
  /*
   Bytes of its live blocks, with headers and slack.
   */
  uint64_t live_bytes;
  /*
   Bytes of it whose memory is there.
   */
  uint64_t committed_bytes;
  /*
   The class it belongs to; DAM_MIDDLE or DAM_LARGE for the other tiers.
   */
  uint32_t class_number;
  /*
   DAM_POOL_OK, DAM_POOL_PRESSURED and so on.
   */
  uint32_t health;
} dam_stats_pool_t;

/*
 One of the tiers.
 */
typedef struct dam_stats_tier_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Blocks handed out since the start.
   */
  uint64_t allocations;
  /*
   Blocks given back since the start.
   */
  uint64_t frees;
  /*
   Requests refused.
   */
  uint64_t failures;
  /*
   Live blocks.
   */
  uint64_t live;
  /*
   Bytes that live blocks take up.
   */
  uint64_t live_bytes;
  /*
   Bytes that live blocks were asked for.
   */
  uint64_t requested_bytes;
  /*
   Readable and writable bytes.
   */
  uint64_t committed_bytes;
  /*
   Bytes of free blocks that threads, or the tier, keep at hand.
   */
  uint64_t cached_bytes;
  /*
   Pools in use.
   */
  uint64_t pools;
} dam_stats_tier_t;

/*
 A thread's share of the small and the middle tier.
 */
typedef struct dam_stats_thread_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   A number that tells the threads that are running apart: it goes on to another one when its thread has ended.
   */
  uint64_t number;
  /*
   Blocks it has handed out, as has any earlier thread of this number.
   */
  uint64_t allocations;
  /*
   Blocks it has taken back, likewise.
   */
  uint64_t frees;
  /*
   Bytes of the free slots and blocks it keeps at hand.
   */
  uint64_t cached_bytes;
  /*
   Requests refused.
   */
  uint64_t failures;
  /*
   Whether there is such a thread now.
   */
  uint64_t running;
} dam_stats_thread_t;

/*
 How long small blocks live, of a sample (`sample_lifetimes=1`). Entry k stands for less than 2^k microseconds and not less
 than half of that; the last one for all that is longer.
 */
typedef struct dam_stats_lifetimes_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Blocks that were taken into the sample.
   */
  uint64_t sampled;
  /*
   Of those that were freed, how long they lived.
   */
  uint64_t ended[32];
  /*
   Of those that are alive, how old they are.
   */
  uint64_t alive[32];
} dam_stats_lifetimes_t;

/*
 A figure's description, as C sees it. The texts live for ever.
 */
typedef struct dam_metric_t {
  /*
   Bytes of this structure that were filled in.
   */
  uint64_t size;
  /*
   Its name: never renamed.
   */
  const char *name;
  /*
   `bytes`, `blocks`, `pools`, `ratio` …
   */
  const char *unit;
  /*
   What it is, in a sentence.
   */
  const char *help;
  /*
   DAM_GAUGE, DAM_COUNTER or DAM_RATIO.
   */
  uint32_t kind;
  /*
   Whether it only grows: its difference over a time is what happened in that.
   */
  uint32_t cumulative;
} dam_metric_t;

/*
 A live block, as a walk over the heap finds it.
 */
typedef struct dam_block_t {
  /*
   Bytes of this structure.
   */
  uint64_t size;
  /*
   Its address.
   */
  uint64_t address;
  /*
   Bytes it was asked for.
   */
  uint64_t requested;
  /*
   Bytes it takes up.
   */
  uint64_t bytes;
  /*
   Its class; DAM_MIDDLE or DAM_LARGE for the other tiers.
   */
  uint32_t class_number;
  /*
   How it was allocated: 0 malloc, 1 new, 2 new[], 3 not known (its pool is in quarantine).
   */
  uint32_t kind;
  /*
   Address of its pool; its own for a large block.
   */
  uint64_t pool;
} dam_block_t;

/*
 Blocks that are lost: the program has no address of them any more.
 */
typedef struct dam_leaks_t {
  /*
   Bytes of this structure.
   */
  uint64_t size;
  /*
   Blocks to which nothing points.
   */
  uint64_t blocks;
  /*
   Bytes they were asked for.
   */
  uint64_t bytes;
  /*
   Blocks to which these alone point, and those behind them.
   */
  uint64_t blocks_behind;
  /*
   Bytes those were asked for.
   */
  uint64_t bytes_behind;
  /*
   Other threads that ran meanwhile: the registers of these were not seen, so what is lost may be theirs.
   */
  uint64_t other_threads;
} dam_leaks_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 Allocates `size` bytes, aligned to 16. `malloc(0)` gives a unique pointer that faults when touched.
 */
void *dam_malloc(size_t size);

/*
 Gives a block back. NULL is ignored; `errno` is kept. Anything but a live block is reported.

 # Safety
 ABI-1.
 */
void dam_free(void *block);

/*
 Allocates `count * size` zero bytes.
 */
void *dam_calloc(size_t count, size_t size);

/*
 Resizes a block, keeping its contents. `realloc(p, 0)` frees `p` and returns NULL.

 # Safety
 ABI-1.
 */
void *dam_realloc(void *block, size_t size);

/*
 Like `realloc(block, count * size)`, failing when the product overflows.

 # Safety
 ABI-1.
 */
void *dam_reallocarray(void *block, size_t count, size_t size);

/*
 Allocates `size` bytes at a multiple of `align`, a power of two up to 1 GiB (else `EINVAL`).
 */
void *dam_aligned_alloc(size_t align, size_t size);

/*
 POSIX: 0, `EINVAL` or `ENOMEM`; leaves `errno`, and on failure `*out`, alone.

 # Safety
 ABI-1.
 */
int dam_posix_memalign(void **out, size_t align, size_t size);

/*
 Like `aligned_alloc`, rounding `align` up to a power of two.
 */
void *dam_memalign(size_t align, size_t size);

/*
 Allocates `size` bytes at a multiple of the page.
 */
void *dam_valloc(size_t size);

/*
 Allocates whole pages, at least `size` bytes.
 */
void *dam_pvalloc(size_t size);

/*
 The size that was asked for, exactly: bytes behind it are not the program's.

 # Safety
 ABI-1.
 */
size_t dam_malloc_usable_size(void *block);

/*
 Like `free`, checking that the block was allocated with `size` bytes (C23).

 # Safety
 ABI-1.
 */
void dam_free_sized(void *block, size_t size);

/*
 Like `dam_free_sized`; the alignment is not compared.

 # Safety
 ABI-1.
 */
void dam_free_aligned_sized(void *block, size_t _align, size_t size);

/*
 Gives free pages back to the system at once; 1 when there were any. `pad` is ignored.
 */
int dam_malloc_trim(size_t _pad);

/*
 Makes the allocator ready. Optional: the first allocation does the same. May be called at any
 time and any number of times.
 */
void dam_init(void);

/*
 Gives free memory back to the system. Live blocks stay valid, and the allocator goes on working:
 there is no end after which it could not be used. May be called at any time, any number of times.
 */
void dam_shutdown(void);

/*
 The library's version, as `1.2.3`.
 */
const char *dam_version(void);

/*
 Examines every block, record and header; reports each fault on standard error, and returns how
 many there are. `SIZE_MAX`: nothing was examined, since the caller is a signal handler that has interrupted the
 allocator in its own thread.
 */
size_t dam_check_heap(void);

/*
 Has `callback` called, with `context`, for each event whose kind is in `mask`: one function for the
 whole process, the last that was named; none when it is NULL. It is called in a thread that has just
 left the allocator and may allocate and free; events that happen meanwhile are told when it has
 returned, by the same thread. The event is valid until then. When the process is about to be ended
 after a violation, it is called before that.
 */
void dam_on_event(uint32_t mask,
                  void (*callback)(const struct dam_event_t *event, void *context),
                  void *context);

/*
 Fills in the first `size` bytes of the statistics at `out`. Returns 0, or `EINVAL` when `out` is NULL or `size` is 0.

 In every snapshot allocations - frees == live, in each tier; sums over the classes are the small tier's figures; and no
 count is ever smaller than before. Takes some 20 microseconds for each 100 threads of few sizes, and about 0.1 ms for each
 million slots of small blocks ever in use: what these were asked for is read from the records.

 # Safety
 `out` is NULL or has `size` writable bytes.
 */
int dam_get_stats(struct dam_stats_t *out,
                  size_t size);

/*
 Fills in the figures of the small tier's class number `class_number`, from 0 on: 0, or `EINVAL` when there is none.
 Reads the class's records.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_class(uint32_t class_number,
                    struct dam_stats_class_t *out,
                    size_t size);

/*
 Fills in the figures of pool number `number`, from 0 on: those of the classes in their order, then the middle tier's. A
 pool keeps its number, as long as no class gets another one. 0, or `EINVAL` when there is none.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_pool(uint32_t number,
                   struct dam_stats_pool_t *out,
                   size_t size);

/*
 Fills in the figures of a tier: 0 small, 1 middle, 2 large. 0, or `EINVAL` when there is none.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_tier(uint32_t number, struct dam_stats_tier_t *out, size_t size);

/*
 Fills in what a thread has done, the threads counted from 0 on in no particular order, with those that have ended
 (`running` is 0) and whose place will be another's: 0, or `EINVAL` when there are no more.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_thread(uint32_t number,
                     struct dam_stats_thread_t *out,
                     size_t size);

/*
 Fills in how long small blocks live, by a sample: 0, or `EINVAL` as for `dam_get_stats`. Without `sample_lifetimes=1` there
 is none.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_lifetimes(struct dam_stats_lifetimes_t *out,
                        size_t size);

/*
 How many figures have names (`dam_stats_describe`).
 */
uint32_t dam_stats_count(void);

/*
 Describes figure number `number`, from 0 on: name, unit, kind, meaning. 0, or `EINVAL` when there is none. A figure keeps
 its name and meaning for ever; its number may change with the library.

 # Safety
 As for `dam_get_stats`.
 */
int dam_stats_describe(uint32_t number,
                       struct dam_metric_t *out,
                       size_t size);

/*
 Reads the figure of this name, exact up to 2^53: 0, `ENOENT` when there is none of that name, or `EINVAL` when a pointer is
 NULL. Takes as long as `dam_get_stats`: who wants many figures should ask for them at once.

 # Safety
 `name` is NULL or a C string, `value` NULL or writable.
 */
int dam_stats_read(const char *name,
                   double *value);

/*
 Writes the statistics as text to a file descriptor. Allocates nothing.
 */
void dam_stats_print(int fd);

/*
 Writes the statistics as one JSON object, in the manner of `snprintf`: at most `size` bytes at `text`, with a NUL at their
 end; the length that the whole text has is returned. Every figure is there by its name, and the classes in an array.

 # Safety
 `text` has `size` writable bytes; it may be NULL when `size` is 0.
 */
size_t dam_stats_json(char *text,
                      size_t size);

/*
 Writes the statistics in Prometheus' text format 0.0.4, in the manner of `snprintf` (`dam_stats_json`).

 # Safety
 As for `dam_stats_json`.
 */
size_t dam_stats_prometheus(char *text,
                            size_t size);

/*
 Writes the statistics in the format OpenMetrics 1.0, in the manner of `snprintf` (`dam_stats_json`).

 # Safety
 As for `dam_stats_json`.
 */
size_t dam_stats_openmetrics(char *text,
                             size_t size);

/*
 Calls `callback`, with `context`, for every live block, until it returns something else than 0; that, or 0 at the end.
 Blocks that other threads allocate or free meanwhile are seen or not. The callback may allocate and free; other threads wait
 for no more than one pool's lock. Not for signal handlers.

 # Safety
 `callback` is NULL or a function that may be called so.
 */
int dam_heap_walk(int (*callback)(const struct dam_block_t *block, void *context),
                  void *context);

/*
 Looks for blocks whose address the program has nowhere any more, reports them like violations ("DAM: memory-leak"), and
 fills in the first `size` bytes of what it found at `out`. Returns 0; `EINVAL` when `out` is NULL or `size` is 0; `ENOMEM`
 without memory for a list of all blocks, 56 bytes for each and 4 MiB; `EIO` when /proc/self/maps cannot be read; or `EBUSY`
 during another search, and in a signal handler that has interrupted the allocator in its own thread. (In other handlers it
 works, with 16 KiB of stack.)

 An address is whatever looks like one of a byte of the block, in memory that is or was writable, in a block that is not
 lost itself, or in a register of this thread. So a block may be overlooked; one whose address the program keeps in another form (inverted, or
 in a file) is taken to be lost. Other threads are not stopped: with some, their registers are not seen, and what they
 moved meanwhile may be missed. Takes about a second for each GiB that is in memory.

 # Safety
 `out` is NULL or has `size` writable bytes.
 */
int dam_find_leaks(struct dam_leaks_t *out,
                   size_t size);

/*
 The share of the middle tier's free bytes, from 0 to 1, that lie in runs too short for a block of `size` bytes: what is
 free and of no use for such a request. 0 where nothing is free. Looks at one pool after the other, under its lock. Not for
 signal handlers.
 */
double dam_stats_unusable_free(size_t size);

/*
 Sets a limit to `used_bytes`; 0: none. Returns 0, or `EINVAL` for another `which`. Looked at where memory is asked of the
 tiers, not for blocks from a thread's stock: the heap may exceed it by what a tier takes at once, up to 2 MiB.
 */
int dam_set_limit(uint32_t which,
                  uint64_t bytes);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DAM_H */
