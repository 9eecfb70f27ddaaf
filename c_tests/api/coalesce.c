// The middle tier splits and joins: after every second of many blocks is freed, and then the rest, the whole is one space
// again that much larger blocks fit into without more memory from the system.
// In paranoid no block comes to the middle tier.
// holds: fast default hardened
// options: decay_ms=3600000
// modes: preload static local
#include "check.h"

int main(void) {
    enum { MANY = 800, SIZE = 40000 };
    static unsigned char *p[MANY];
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < MANY; i++) {
            CHECK(p[i] = malloc(SIZE + i % 16 * 100));
            mark(p[i], SIZE, i);
        }
        for (size_t i = 0; i < MANY; i += 2) free(p[i]);
        for (size_t i = 1; i < MANY; i += 2) CHECK(holds(p[i], 64, i));
        for (size_t i = 0; i < MANY; i += 2) mark(p[i] = malloc(SIZE / 2), SIZE / 2, i);  // into the holes
        for (size_t i = 0; i < MANY; i++) CHECK(holds(p[i], 64, i));
        for (size_t i = 0; i < MANY; i++) free(p[(i * 7) % MANY]);
    }
    if (!dam_get_stats) return 0;
    dam_stats_t before = stats();
    CHECK(before.middle_splits > 0 && before.middle_coalesces > 0);
    enum { FEW = 20 };
    for (size_t i = 0; i < FEW; i++) mark(p[i] = malloc(900000), 900000, i);  // 18 MB of the 32 MB freed
    dam_stats_t after = stats();
    CHECK_LE(after.middle_pools, before.middle_pools);
    for (size_t i = 0; i < FEW; i++) free(p[i]);
    check_sound();
    return 0;
}
