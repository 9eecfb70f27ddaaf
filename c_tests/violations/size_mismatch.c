// free_sized and free_aligned_sized with another size than was asked for, one byte off or much, in every tier: reported,
// and the block is freed all the same. A program that always does this must not run out of memory.
// violation: size-mismatch
#include "misuse.h"

int main(void) {
    uint64_t expected = 0, live = stats().live_blocks;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        const size_t wrong[] = {n + 1, n - 1, n * 2, n + 8, 0, SIZE_MAX};
        for (size_t k = 0; k < 6; k++) {
            if (wrong[k] == n) continue;
            free_sized(malloc(n), wrong[k]);
            CHECK_EQ(violations(), ++expected);
            free_aligned_sized(aligned_alloc(64, n), 64, wrong[k]);
            CHECK_EQ(violations(), ++expected);
        }
        free_sized(malloc(n), n);  // and the right one is right
        free_aligned_sized(aligned_alloc(64, n), 64, n);
        CHECK_EQ(violations(), expected);
    }
    for (size_t size = 1; size < 10000; size *= 3) {  // blocks of no bytes are no exception
        free_sized(malloc(0), size);
        CHECK_EQ(violations(), ++expected);
        free_aligned_sized(aligned_alloc(256, 0), 256, size);
        CHECK_EQ(violations(), ++expected);
    }
    free_sized(malloc(0), 0);
    CHECK_EQ(violations(), expected);
    CHECK_EQ(stats().live_blocks, live);
    check_reported(expected);
    return 0;
}
