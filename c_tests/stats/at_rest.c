// At rest, in each tier, allocations minus frees are the live blocks, exactly; requested bytes are what the program asked
// for, to the byte; counters of a tier move by what was done to it and nothing else.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// modes: preload static local
#include "check.h"

static void balanced(const dam_stats_t *s) {
    CHECK_EQ(s->small_allocations - s->small_frees, s->small_live);
    CHECK_EQ(s->middle_allocations - s->middle_frees, s->middle_live);
    CHECK_EQ(s->large_allocations - s->large_frees, s->large_live);
    CHECK_EQ(s->zero_allocations - s->zero_frees, s->zero_live);
    CHECK_EQ(s->live_blocks, s->small_live + s->middle_live + s->large_live + s->zero_live);
    CHECK_GE(s->live_bytes, s->requested_bytes);
    CHECK_GE(s->reserved_bytes, s->committed_bytes);
    CHECK_GE(s->committed_bytes, s->live_bytes);
}

int main(void) {
    if (!dam_version) return 0;
    enum { SMALL = 1000, MIDDLE = 50, LARGE = 5, ZERO = 30 };
    static void *small[SMALL], *middle[MIDDLE], *large[LARGE], *zero[ZERO];
    for (int round = 0; round < 3; round++) {
        dam_stats_t a = stats(), b, c;
        balanced(&a);
        size_t asked = 0;
        for (size_t i = 0; i < SMALL; i++) asked += i % 900 + 1, small[i] = malloc(i % 900 + 1);
        for (size_t i = 0; i < MIDDLE; i++) asked += 17000 + i * 999, middle[i] = calloc(1, 17000 + i * 999);
        for (size_t i = 0; i < LARGE; i++) asked += MIDDLE_MAX + 1 + i, large[i] = malloc(MIDDLE_MAX + 1 + i);
        for (size_t i = 0; i < ZERO; i++) zero[i] = malloc(0);
        b = stats();
        balanced(&b);
        CHECK_EQ(b.small_allocations - a.small_allocations, SMALL);
        CHECK_EQ(b.middle_allocations - a.middle_allocations, MIDDLE);
        CHECK_EQ(b.large_allocations - a.large_allocations, LARGE);
        CHECK_EQ(b.zero_allocations - a.zero_allocations, ZERO);
        CHECK_EQ(b.small_frees + b.middle_frees + b.large_frees + b.zero_frees,
                 a.small_frees + a.middle_frees + a.large_frees + a.zero_frees);
        CHECK_EQ(b.requested_bytes - a.requested_bytes, asked);
        CHECK_EQ(b.live_blocks - a.live_blocks, SMALL + MIDDLE + LARGE + ZERO);
        for (size_t i = 0; i < SMALL; i++) free(small[i]);
        for (size_t i = 0; i < MIDDLE; i++) free(middle[i]);
        for (size_t i = 0; i < LARGE; i++) free(large[i]);
        for (size_t i = 0; i < ZERO; i++) free(zero[i]);
        c = stats();
        balanced(&c);
        CHECK_EQ(c.live_blocks, a.live_blocks);
        CHECK_EQ(c.requested_bytes, a.requested_bytes);
        CHECK_EQ(c.small_frees - b.small_frees, SMALL);
        CHECK_EQ(c.middle_frees - b.middle_frees, MIDDLE);
        CHECK_EQ(c.large_frees - b.large_frees, LARGE);
        CHECK_EQ(c.zero_frees - b.zero_frees, ZERO);
    }
    check_sound();
    return 0;
}
