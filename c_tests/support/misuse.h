// Shared by the programs that misuse the heap on purpose and then prove that the process goes on unharmed.
#ifndef DAM_TEST_MISUSE_H
#define DAM_TEST_MISUSE_H
#include "again.h"

// Sizes of every tier.
static const size_t tiers[] = {1, 8, 16, 24, 40, 100, 500, 1000, 4096, 9000, 16376, 16377, 20000, 100000, 600000, 1048576, 1048577, 8388608, 8388609, 12000000};
#define TIERS (sizeof tiers / sizeof *tiers)

// Exactly n violations so far, and the heap still serves everything.
__attribute__((unused)) static void check_reported(uint64_t n) {
    CHECK_EQ(violations(), n);
    live_a_little();
    CHECK_EQ(violations(), n);
}

// The address [p, p + n) is not handed out again: its pool is out of use.
__attribute__((unused)) static void check_not_reused(void *p, size_t n) {
    enum { MANY = 3000 };
    size_t count = n > 500000 ? 30 : n > 10000 ? 300 : MANY;
    unsigned char *q[MANY], *a = p;
    for (size_t i = 0; i < count; i++) {
        CHECK(q[i] = malloc(n));
        CHECK(q[i] + n <= a || a + n <= q[i]);
        mark(q[i], n, i);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(marked(q[i], n, i));
        free(q[i]);
    }
}
#endif
