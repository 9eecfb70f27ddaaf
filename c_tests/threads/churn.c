// 20,000 threads, eight at a time, each allocating in every tier and leaving in a hurry: all blocks come back and resident
// memory does not grow with the number of threads that ever lived.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// modes: preload static local local-asan local-tsan
// timeout: 120
#include "threads.h"

static void *life(void *arg) {
    size_t id = (size_t)arg;
    unsigned char *p[40];
    for (size_t i = 0; i < 40; i++) {
        size_t n = i == 39 ? 30000 : i * 29 + id % 13 + 1;
        CHECK(p[i] = malloc(n));
        mark(p[i], n, id + i);
    }
    for (size_t i = 0; i < 40; i++) {
        size_t n = i == 39 ? 30000 : i * 29 + id % 13 + 1;
        CHECK(marked(p[i], n, id + i));
        free(p[i]);
    }
    return NULL;
}

static void batch(size_t threads) {
    for (size_t i = 0; i < threads; i += 8) run_threads(8, life);
}

int main(void) {
    batch(LESS(2000));
    size_t before = rss_kib();
    uint64_t live = dam_get_stats ? stats().live_blocks : 0;
    batch(LESS(18000));
    size_t after = rss_kib();
    if (LESS(100) == 100) CHECK_LE(after, before + 4096);  // sanitizers keep records of their own
    if (dam_get_stats) {
        CHECK_LE(stats().live_blocks, live + 16);
        CHECK_LE(stats().threads, 16);
    }
    check_sound();
    return 0;
}
