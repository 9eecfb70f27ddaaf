// After damage the pool is out of use: counted as quarantined, its live blocks stay usable and can be freed, none of its
// places is handed out again, and new blocks come from elsewhere.
// In paranoid there are no pools: a damaged block's own pages are what is closed.
// holds: fast default hardened
// violation: heap-buffer-overflow
#include "misuse.h"

enum { MANY = 64 };

int main(void) {
    CHECK_EQ(stats().pools_quarantined, 0);
    unsigned char *p[MANY];
    for (size_t i = 0; i < MANY; i++) mark(p[i] = malloc(100), 100, i);
    *(unsigned char *)opaque(p[MANY / 2] + 100) ^= 1;
    free(p[MANY / 2]);
    CHECK_EQ(violations(), 1);
    dam_stats_t s = stats();
    CHECK_EQ(s.pools_quarantined, 1);
    for (size_t i = 0; i < MANY; i++) {
        if (i == MANY / 2) continue;
        CHECK(marked(p[i], 100, i));
        mark(p[i], 100, i + 1);  // still writable
        CHECK(marked(p[i], 100, i + 1));
        if (i % 2) free(p[i]);
    }
    uintptr_t page = (uintptr_t)p[MANY / 2] & ~(uintptr_t)4095;  // of the damaged pool for certain
    static unsigned char *q[20000];
    for (size_t i = 0; i < 20000; i++) {
        CHECK(q[i] = malloc(100));
        CHECK(((uintptr_t)q[i] & ~(uintptr_t)4095) != page);
        mark(q[i], 100, i);
    }
    void *alone = malloc(3000);  // all pools of 100 bytes are full; its one is well
    CHECK(alone);
    s = stats();
    CHECK_EQ(s.pools_quarantined, 1);
    CHECK_GE(s.pools_ok, 1);
    free(alone);
    for (size_t i = 0; i < 20000; i++) {
        CHECK(marked(q[i], 100, i));
        free(q[i]);
    }
    for (size_t i = 0; i < MANY; i += 2)
        if (i != MANY / 2) {
            CHECK(marked(p[i], 100, i + 1));
            free(p[i]);
        }
    check_reported(1);
    return 0;
}
