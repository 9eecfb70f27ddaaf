// Statistics and heap walks asked for all the time by one thread while others allocate: they end, they never see more
// frees than allocations, and disturb nobody.
// modes: preload static
// timeout: 120
#include "threads.h"

static atomic_bool stop;

static void *hammer(void *arg) {
    uint64_t s = (size_t)arg + 1;
    unsigned char *p[100] = {0};
    size_t size[100] = {0};
    while (!atomic_load(&stop)) {
        size_t i = rnd(&s) % 100;
        if (p[i]) CHECK(marked(p[i], size[i], i));
        free(p[i]);
        size[i] = rnd(&s) % 100 < 95 ? rnd(&s) % 3000 + 1 : rnd(&s) % (10 * MIB) + 1;
        CHECK(p[i] = malloc(size[i]));
        mark(p[i], size[i], i);
    }
    for (size_t i = 0; i < 100; i++) free(p[i]);
    return NULL;
}

int main(void) {
    if (!dam_version) return 0;
    pthread_t t[3];
    for (size_t i = 0; i < 3; i++) t[i] = start(hammer, (void *)i);
    double end = now() + 3;
    for (int i = 0; now() < end; i++) {
        dam_stats_t s = stats();
        CHECK_GE(s.small_allocations, s.small_frees);
        CHECK_GE(s.middle_allocations, s.middle_frees);
        CHECK_GE(s.large_allocations, s.large_frees);
        CHECK_LE(s.live_blocks, 100000);
        mallinfo2();
        if (i % 20 == 0) CHECK_EQ(dam_check_heap(), 0);
        if (i % 50 == 0) malloc_trim(0);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 3; i++) join(t[i]);
    check_sound();
    return 0;
}
