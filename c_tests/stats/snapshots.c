// Snapshots taken while 16 threads allocate and free, blocks of each other's too: in every one allocations - frees == live in
// each tier, what was asked for is no more than what is taken up, sums over the classes are the tier's figures, and no count is
// smaller than before. At rest the figures are those of a walk over all blocks, and the ratios those that it gives.
// modes: preload static local
// timeout: 240
#include "threads.h"

#include <math.h>

enum { THREADS = 16, SLOTS = 4096, SNAPSHOTS = 100000, CLASSES = 200 };

static _Atomic(void *) slots[SLOTS];
static atomic_bool stop;

static void *churn(void *arg) {
    unsigned seed = (unsigned)(uintptr_t)arg * 7919 + 1;
    while (!atomic_load(&stop)) {
        seed = seed * 1103515245 + 12345;
        size_t n = seed >> 20 & 1 ? seed >> 8 & 255 : seed >> 4 & 0x7fff;
        if ((seed >> 9) % 1000 == 0) n = 300 * KIB;
        if ((seed >> 9) % 20000 == 1) n = 9 * MIB;
        free(atomic_exchange(&slots[(seed >> 3) % SLOTS], malloc(n)));
    }
    return NULL;
}

static void compare(const dam_stats_t *s, const dam_stats_t *before) {
    CHECK_EQ(s->small_live, s->small_allocations - s->small_frees);
    CHECK_EQ(s->middle_live, s->middle_allocations - s->middle_frees);
    CHECK_EQ(s->large_live, s->large_allocations - s->large_frees);
    CHECK_EQ(s->zero_live, s->zero_allocations - s->zero_frees);
    CHECK_LE(s->small_frees, s->small_allocations);
    CHECK_LE(s->middle_frees, s->middle_allocations);
    CHECK_LE(s->large_frees, s->large_allocations);
    CHECK_LE(s->small_requested_bytes, s->small_live_bytes);
    CHECK_LE(s->middle_requested_bytes, s->middle_live_bytes);
    CHECK_LE(before->small_allocations, s->small_allocations);
    CHECK_LE(before->small_frees, s->small_frees);
    CHECK_LE(before->middle_allocations, s->middle_allocations);
    CHECK_LE(before->middle_frees, s->middle_frees);
    CHECK_LE(before->large_allocations, s->large_allocations);
    CHECK_LE(before->large_frees, s->large_frees);
    CHECK_LE(before->taken_bytes, s->taken_bytes);
}

typedef struct {
    uint64_t blocks, requested, bytes;
} sums_t;

static int add(const dam_block_t *block, void *context) {
    sums_t *sums = context;
    sums->blocks++, sums->requested += block->requested, sums->bytes += block->bytes;
    return 0;
}

static void compare_ratio(const char *name, double expected) {
    double value;
    CHECK_EQ(dam_stats_read(name, &value), 0);
    CHECK(fabs(value - expected) < 1e-9);
}

// Of zero-size blocks the walk knows nothing.
static void compare_with_walk(void) {
    sums_t sums = {0, 0, 0};
    CHECK_EQ(dam_heap_walk(add, &sums), 0);
    dam_stats_t s = stats();
    CHECK_EQ(sums.blocks, s.live_blocks - s.zero_live);
    CHECK_EQ(sums.requested, s.requested_bytes);
    CHECK_EQ(sums.bytes, s.live_bytes);
    double live = (double)sums.bytes;
    compare_ratio("internal_fragmentation", 1 - (double)sums.requested / live);
    compare_ratio("pool_fragmentation", 1 - live / (double)s.committed_bytes);
    compare_ratio("page_fragmentation", live < (double)s.used_bytes ? 1 - live / (double)s.used_bytes : 0);
    dam_stats_class_t class, all = {0};
    for (unsigned i = 0; i < CLASSES && !dam_stats_class(i, &class, sizeof class); i++) {
        uint64_t by_size = 0;
        for (int k = 0; k < 8; k++) by_size += class.requests[k];
        CHECK_EQ(by_size, class.live);
        all.live += class.live, all.allocations += class.allocations, all.frees += class.frees;
        all.requested_bytes += class.requested_bytes, all.pools += class.pools;
    }
    CHECK_EQ(all.live, s.small_live);
    CHECK_EQ(all.allocations, s.small_allocations);
    CHECK_EQ(all.frees, s.small_frees);
    CHECK_EQ(all.requested_bytes, s.small_requested_bytes);
    CHECK_EQ(all.pools, s.small_pools);
}

int main(void) {
    if (!dam_version) return 0;
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++) t[i] = start(churn, (void *)i);
    dam_stats_t before = stats();
    for (int i = 0; i < LESS(SNAPSHOTS); i++) {
        dam_stats_t now = stats();
        compare(&now, &before);
        before = now;
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++) join(t[i]);
    compare_with_walk();
    for (int i = 0; i < SLOTS; i += 2) free(atomic_exchange(&slots[i], NULL));
    compare_with_walk();
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
