// Destructors of thread-specific data allocate and free in each of the four rounds, with keys below and above 32 (where
// the C library allocates the table itself), and the memory of ended threads comes back.
// modes: preload static local local-asan
#include "threads.h"

#include <limits.h>

enum { KEYS = 60 };
static pthread_key_t key[KEYS];
static atomic_ulong ran;

struct value { int k, round; unsigned char *data; };

static struct value *fresh(int k, int round) {
    struct value *v = malloc(sizeof *v);
    CHECK(v);
    *v = (struct value){k, round, malloc((size_t)k * 300 + 50)};
    CHECK(v->data);
    fill(v->data, (size_t)k * 300 + 50, (uint64_t)(k + round));
    return v;
}

static void destroy(void *arg) {
    struct value *v = arg;
    int k = v->k, round = v->round;
    CHECK(holds(v->data, (size_t)k * 300 + 50, (uint64_t)(k + round)));
    free(v->data);
    free(v);
    for (size_t n = 1; n < 100000; n *= 10) free(malloc(n));
    atomic_fetch_add(&ran, 1);
    if (round + 1 < PTHREAD_DESTRUCTOR_ITERATIONS) pthread_setspecific(key[k], fresh(k, round + 1));
}

static void *life(void *arg) {
    for (int k = 0; k < KEYS; k++) CHECK_EQ(pthread_setspecific(key[k], fresh(k, 0)), 0);
    return arg;
}

int main(void) {
    for (int k = 0; k < KEYS; k++) CHECK_EQ(pthread_key_create(&key[k], destroy), 0);
    for (int i = 0; i < 10; i++) run_threads(8, life);
    uint64_t live = dam_get_stats ? stats().live_blocks : 0;
    size_t before = rss_kib(), threads = 80;
    for (int i = 0; i < 100; i++, threads += 8) run_threads(8, life);
    CHECK_EQ(atomic_load(&ran), threads * KEYS * PTHREAD_DESTRUCTOR_ITERATIONS);
    if (LESS(100) == 100) CHECK_LE(rss_kib(), before + 8192);  // sanitizers keep records of their own
    if (dam_get_stats) CHECK_LE(stats().live_blocks, live + 64);
    check_sound();
    return 0;
}
