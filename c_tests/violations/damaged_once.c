// A damaged block that is freed is gone in every tier: it counts as freed, the heap check does not come back to it, and a
// second free of it is a double free.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
#include "check.h"

static uint64_t frees(void) {
    dam_stats_t s = stats();
    return s.small_frees + s.middle_frees + s.large_frees;
}

int main(void) {
    const size_t sizes[] = {100, 50000, 20 * MIB};
    for (size_t i = 0; i < 3; i++) {
        uint64_t live = stats().live_blocks, freed = frees(), before = violations();
        volatile char *p = malloc(sizes[i]);
        p[sizes[i]] = 0;
        free(opaque((void *)p));
        CHECK_EQ(violations(), before + 1);
        CHECK_EQ(stats().live_blocks, live);
        CHECK_EQ(frees(), freed + 1);
        CHECK_EQ(dam_check_heap(), 0);
        free(opaque((void *)p));
        CHECK_EQ(violations(), before + 2);
        CHECK_EQ(stats().live_blocks, live);
    }
    return 0;
}
