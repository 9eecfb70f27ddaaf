// A block that lies in its thread's store of freed blocks is freed again, by every door and by another thread: reported, and
// nothing of its pool is handed out any more, neither that block nor another one of the store.
// Closed fast paths have no store.
// holds: fast default
// violation: double-free
// modes: preload static
#include "misuse.h"
#include "store.h"
#include "threads.h"

enum { N = STORE_SIZE, WAYS = 8 };

static void *free_it(void *p) { free(p); return NULL; }
static void *resize_it(void *p) { CHECK(realloc(p, N / 2) == NULL); return NULL; }

static void again_by(int way, unsigned char *p) {
    switch (way) {
    case 0: free(opaque(p)); break;
    case 1: CHECK(realloc(opaque(p), N - 100) == NULL); break;
    case 2: CHECK(realloc(opaque(p), 4 * N) == NULL); break;
    case 3: CHECK_EQ(malloc_usable_size(opaque(p)), 0); break;
    case 4: free_sized(opaque(p), N); break;
    case 5: free_aligned_sized(opaque(p), 16, N + 1); break;
    case 6: join(start(free_it, p)); break;
    case 7: join(start(resize_it, p)); break;
    }
}

int main(void) {
    for (int way = 0; way < WAYS; way++) {
        unsigned char *p[STORED], *q[4 * STORED];
        do {  // all in the store, the last one for certain
            be_busy(N);
            for (int i = 0; i < STORED; i++) CHECK(p[i] = malloc(N));
            for (int i = 0; i < STORED - 1; i++) free(p[i]);
        } while (!free_to_store(p[STORED - 1]));
        dam_stats_t before = stats();
        again_by(way, p[STORED - 1]);
        CHECK_EQ(violations(), way + 1);
        CHECK_EQ(stats().pools_quarantined, before.pools_quarantined + 1);
        CHECK_EQ(stats().middle_frees, before.middle_frees);
        for (int i = 0; i < 4 * STORED; i++) {
            CHECK(q[i] = malloc(N));
            CHECK((uintptr_t)q[i] / (32 * MIB) != (uintptr_t)p[0] / (32 * MIB));
        }
        for (int i = 0; i < 4 * STORED; i++) free(q[i]);
        CHECK_EQ(dam_check_heap(), 0);
        malloc_trim(0);
        CHECK_EQ(stats().middle_live, before.middle_live);
        CHECK_EQ(violations(), way + 1);
    }
    check_reported(WAYS);
    return 0;
}
