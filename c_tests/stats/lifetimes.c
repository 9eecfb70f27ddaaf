// A sample of the small blocks is followed from birth to death, through realloc too; blocks of the sample are blocks like others,
// and each is counted once.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// options: sample_lifetimes=1
#include "check.h"

enum { MANY = 1000, BYTES = 200, LONG_MS = 40 };

static uint64_t sum(const uint64_t *counts, size_t from) {
    uint64_t all = 0;
    for (size_t i = from; i < 32; i++) all += counts[i];
    return all;
}

static dam_stats_lifetimes_t lifetimes(void) {
    dam_stats_lifetimes_t l;
    CHECK_EQ(dam_stats_lifetimes(&l, sizeof l), 0);
    CHECK_EQ(sum(l.ended, 0) + sum(l.alive, 0), l.sampled);
    return l;
}

// Enough for a thread's stock to be empty now and then.
static void live(long ms) {
    static unsigned char *p[MANY];
    for (size_t i = 0; i < MANY; i++) {
        CHECK(p[i] = malloc(BYTES - i % 8));
        mark(p[i], BYTES - i % 8, i);
    }
    if (ms) sleep_ms(ms);
    for (size_t i = 0; i < MANY; i++) {
        CHECK_EQ(malloc_usable_size(p[i]), BYTES - i % 8);
        CHECK(marked(p[i], BYTES - i % 8, i));
        if (i % 3 == 0) CHECK(p[i] = realloc(p[i], 20 * BYTES));
        free(p[i]);
    }
}

int main(void) {
    if (!dam_version) return 0;
    CHECK_EQ(dam_stats_lifetimes(NULL, 8), EINVAL);
    uint64_t others = sum(lifetimes().alive, 0);  // of libraries, from before main
    for (int i = 0; i < 10; i++) live(LONG_MS);
    dam_stats_lifetimes_t l = lifetimes();
    CHECK_GE(l.sampled, 10);
    CHECK_EQ(sum(l.alive, 0), others);
    CHECK_GE(sum(l.ended, 16), 5);  // 32 ms and more
    void *stay[16 * MANY];
    for (size_t i = 0; i < 16 * MANY; i++) {
        if (i % MANY == 0) sleep_ms(11);
        CHECK(stay[i] = malloc(BYTES));
    }
    uint64_t before = l.sampled;
    l = lifetimes();
    CHECK_GE(sum(l.alive, 0), 5);
    CHECK_EQ(sum(l.alive, 0) - others, l.sampled - before);
    CHECK_EQ(dam_check_heap(), 0);
    for (size_t i = 0; i < 16 * MANY; i++) free(stay[i]);
    l = lifetimes();
    CHECK_EQ(sum(l.alive, 0), others);
    check_sound();
    return 0;
}
