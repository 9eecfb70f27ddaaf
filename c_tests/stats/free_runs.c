// How much of the middle tier's free memory is in runs too short for a block of a size: holes are counted by their length, and
// are gone when they are joined.
// In closed mode a block that was freed waits, and is not free memory yet.
// holds: fast default
#include "check.h"

enum { HOLES = 40, BYTES = 300000 };

int main(void) {
    if (!dam_version) return 0;
    static void *p[2 * HOLES];
    for (size_t i = 0; i < 2 * HOLES; i++) CHECK(p[i] = malloc(BYTES));
    CHECK(dam_stats_unusable_free(0) == 0);
    CHECK(dam_stats_unusable_free((size_t)1 << 40) == 1);
    dam_stats_t before = stats();
    for (size_t i = 0; i < 2 * HOLES; i += 2) free(p[i]);
    double share = dam_stats_unusable_free(MIB);
    dam_stats_t holes = stats();
    size_t freed = before.middle_live_bytes - holes.middle_live_bytes;
    CHECK_GE(freed, HOLES * BYTES);
    CHECK_EQ(holes.middle_free_bytes - before.middle_free_bytes, freed);
    // The first may have joined what was free before it.
    CHECK_GE(holes.unusable_1m_bytes - before.unusable_1m_bytes, freed / HOLES * (HOLES - 1));
    CHECK_EQ(holes.unusable_256k_bytes, before.unusable_256k_bytes);
    CHECK_EQ(holes.unusable_1m_bytes, holes.unusable_4m_bytes);
    CHECK(share == (double)holes.unusable_1m_bytes / (double)holes.middle_free_bytes);
    double named = 0;
    CHECK_EQ(dam_stats_read("unusable_free_1m", &named), 0);
    CHECK(named == share);
    CHECK(dam_stats_unusable_free(1000) <= dam_stats_unusable_free(BYTES));
    CHECK(dam_stats_unusable_free(BYTES) < dam_stats_unusable_free(BYTES + 16 * KIB));
    for (size_t i = 1; i < 2 * HOLES; i += 2) free(p[i]);
    CHECK(dam_stats_unusable_free(MIB) < 0.01);
    return 0;
}
