// A thread that is busy with blocks of the middle tier keeps freed ones in a store of its own (src/middle/store.rs). What
// happens there is seen from outside by what does not happen in the pools: nothing is cut and nothing is joined.
#ifndef DAM_TEST_STORE_H
#define DAM_TEST_STORE_H
#include "check.h"

enum { STORED = 8, STORE_SIZE = 65536 };  // blocks of one length that a store holds, and a size it takes

// Whether this thread's store serves it just now: a block that comes and goes while the pools stay as they are. The hole it
// would leave in a pool has free space on one side at least, as long as the program has few other blocks.
__attribute__((unused)) static bool is_served(size_t n) {
    free(malloc(n));
    dam_stats_t a = stats(), b;
    for (int i = 0; i < 3; i++) free(opaque(malloc(n)));
    b = stats();
    CHECK_EQ(b.middle_allocations - a.middle_allocations, 3);
    CHECK_EQ(b.middle_frees - a.middle_frees, 3);
    return a.middle_splits == b.middle_splits && a.middle_coalesces == b.middle_coalesces;
}

// The same, though one free in 128 takes the slow path.
__attribute__((unused)) static bool in_store(size_t n) { return is_served(n) || is_served(n); }

// As busy as that takes; within some ten milliseconds on a processor of its own.
__attribute__((unused)) static void be_busy(size_t n) {
    for (double end = now() + 20; !in_store(n);) {
        CHECK(now() < end);
        for (int i = 0; i < 2000; i++) free(opaque(malloc(n)));
    }
}

// Frees a block behind which there is free space; whether it lies in the store now.
__attribute__((unused)) static bool free_to_store(void *p) {
    uint64_t joined = stats().middle_coalesces;
    free(p);
    return stats().middle_coalesces == joined;
}

// Leaves a block of n bytes in the store that has just been freed, and says which.
__attribute__((unused)) static unsigned char *one_in_store(size_t n) {
    for (double end = now() + 20;;) {
        CHECK(now() < end);
        be_busy(n);
        unsigned char *p = (unsigned char *)malloc(n);
        CHECK(p);
        if (free_to_store(p)) return p;
    }
}
#endif
