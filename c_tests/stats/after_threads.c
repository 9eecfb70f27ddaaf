// The counters of threads, living and ended, sum up without loss: after eight threads did exactly known numbers of
// operations, some on each other's blocks, the figures are those numbers.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// modes: preload static
#include "threads.h"

enum { THREADS = 8, EACH = 20000 };
static void *handed[THREADS][EACH / 10];
static pthread_barrier_t barrier;

static void *work(void *arg) {
    size_t me = (size_t)arg;
    for (size_t i = 0; i < EACH; i++) {
        void *p = malloc(i % 700 + 1);
        if (i % 10 == 0) handed[me][i / 10] = p;
        else free(p);
    }
    for (size_t i = 0; i < 100; i++) free(malloc(20000)), free(malloc(MIDDLE_MAX + 5000));
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < EACH / 10; i++) free(handed[(me + 3) % THREADS][i]);
    return NULL;
}

int main(void) {
    if (!dam_version) return 0;
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    run_threads(THREADS, work);  // thread stacks' own blocks are cached from now on
    dam_stats_t a = stats();
    run_threads(THREADS, work);
    dam_stats_t b = stats();
    uint64_t own = THREADS * EACH, made = b.small_allocations - a.small_allocations;
    CHECK(made >= own && made <= own + THREADS * 8);  // pthread_create makes a few more
    CHECK_EQ(b.middle_allocations - a.middle_allocations, THREADS * 100);
    CHECK_EQ(b.middle_frees - a.middle_frees, THREADS * 100);
    CHECK_EQ(b.large_allocations - a.large_allocations, THREADS * 100);
    CHECK_EQ(b.large_frees - a.large_frees, THREADS * 100);
    CHECK_EQ(b.small_allocations - b.small_frees, b.small_live);
    CHECK_EQ(a.live_blocks, b.live_blocks);
    CHECK_EQ(b.threads, 1);
    check_sound();
    return 0;
}
