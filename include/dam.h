#ifndef DAM_H
#define DAM_H

/* Generated from src/abi/dam.rs, src/measure/stats.rs and src/guard/events.rs by `make header`: edit those. */

#include <stddef.h>
#include <stdint.h>


/*
 Event kind: a violation was found.
 */
#define DAM_EVENT_VIOLATION 1

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
} dam_stats_t;

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
   Events that were lost before this one because there were too many at once.
   */
  uint32_t lost;
  /*
   The violation's name, `double-free` and so on; a constant.
   */
  const char *violation;
  /*
   The pointer the program passed, or the block concerned.
   */
  void *address;
  /*
   The bytes the block was asked for; 0 where that is not known.
   */
  uint64_t block_size;
} dam_event_t;

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
 Fills in the first `size` bytes of the statistics at `out`; what a newer header has beyond this
 library's is set to zero. Returns 0, or `EINVAL` when `out` is NULL or `size` is 0. Takes time
 in proportion to the small blocks ever in use; stops no thread.

 # Safety
 `out` is NULL or has `size` writable bytes.
 */
int dam_get_stats(struct dam_stats_t *out, size_t size);

/*
 Writes the statistics as text to a file descriptor. Allocates nothing.
 */
void dam_stats_print(int fd);

/*
 Examines every block, record and header; reports each fault on standard error, and returns how
 many there are.
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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DAM_H */
