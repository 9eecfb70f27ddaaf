// The figures are as exact where blocks come from a thread's store: at rest to the block and to the byte; while threads are at
// work, no more frees than allocations and never less than nothing live, and walks over the heap find nothing.
// The sample of the frees would take a block now and then.
// options: sample_frees=0
// Closed fast paths have no store.
// holds: fast default
// modes: preload static
// timeout: 120
#include "store.h"
#include "threads.h"

enum { N = STORE_SIZE, LIVE = 8, THREADS = 3 };
static atomic_bool stop;

static void at_rest(void) {
    be_busy(N);
    dam_stats_t first = stats();
    unsigned char *p[STORED];
    size_t asked = 0, rounds = 0, served = 0;
    for (; rounds < 200; rounds++) {
        be_busy(N);  // the figures take their time
        dam_stats_t a = stats();
        for (int i = 0; i < STORED; i++) asked += N - (rounds + i) % 50, p[i] = malloc(N - (rounds + i) % 50);
        dam_stats_t b = stats();
        CHECK_EQ(b.middle_allocations - a.middle_allocations, STORED);
        CHECK_EQ(b.middle_live - a.middle_live, STORED);
        CHECK_EQ(b.requested_bytes - a.requested_bytes, asked);
        CHECK_GE(b.live_bytes - a.live_bytes, asked + STORED * 24);
        CHECK_LE(b.live_bytes - a.live_bytes, asked + STORED * (24 + 4096));
        for (int i = 0; i < STORED; i++) {
            CHECK(p[i] = realloc(p[i], N - 60 - i));
            CHECK_EQ(malloc_usable_size(p[i]), N - 60 - i);
        }
        CHECK_EQ(stats().requested_bytes - a.requested_bytes, STORED * (N - 60) - STORED * (STORED - 1) / 2);
        for (int i = 0; i < STORED; i++) free(p[i]);
        asked = 0;
        dam_stats_t c = stats();
        served += c.middle_splits == a.middle_splits && c.middle_coalesces == a.middle_coalesces;
        CHECK_EQ(c.middle_allocations - c.middle_frees, c.middle_live);
        CHECK_EQ(c.middle_frees - a.middle_frees, STORED);
        CHECK_EQ(c.middle_live, a.middle_live);
        CHECK_EQ(c.requested_bytes, a.requested_bytes);
        CHECK_EQ(c.live_bytes, a.live_bytes);
    }
    CHECK_GE(served, rounds / 2);
    malloc_trim(0);
    CHECK_EQ(stats().live_bytes, first.live_bytes);
    CHECK_EQ(stats().middle_live, first.middle_live);
}

static void *hammer(void *arg) {
    uint64_t s = (size_t)arg + 1;
    unsigned char *p[LIVE] = {0};
    while (!atomic_load(&stop)) {
        size_t i = rnd(&s) % LIVE, n = 60000 + rnd(&s) % 8 * 4096;
        if (p[i] && rnd(&s) % 4 == 0) CHECK(p[i] = realloc(p[i], n - rnd(&s) % 4000));
        free(p[i]);
        CHECK(p[i] = malloc(n - rnd(&s) % 4000));
        if (rnd(&s) % 200 == 0) {  // idle now and then: everything is free, or all of it live
            for (size_t k = 0; k < LIVE; k++) free(p[k]), p[k] = NULL;
            sched_yield();
        }
    }
    for (size_t i = 0; i < LIVE; i++) free(p[i]);
    return NULL;
}

static void while_running(void) {
    uint64_t live = stats().middle_live;
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++) t[i] = start(hammer, (void *)i);
    double end = now() + 3;
    for (int i = 0; now() < end; i++) {
        dam_stats_t s = stats();
        CHECK_GE(s.middle_allocations, s.middle_frees);
        CHECK_EQ(s.middle_allocations - s.middle_frees, s.middle_live);
        CHECK_LE(s.live_bytes, GIB);
        CHECK_LE(s.requested_bytes, GIB);
        if (i % 10 == 0) CHECK_EQ(dam_check_heap(), 0);
        if (i % 100 == 0) malloc_trim(0);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++) join(t[i]);
    CHECK_EQ(stats().middle_live, live);
}

int main(void) {
    if (!dam_version) return 0;
    at_rest();
    while_running();
    check_sound();
    return 0;
}
