// Damage found by realloc or malloc_usable_size leaves the block with the program: it can be read and written, and its one
// free is valid: nothing more is said of the block.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
// expect: stderr contains "realloc of 0x"
// expect: stderr lacks "double-free"
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        unsigned char *p = malloc(n);
        mark(p, n, 1);
        uint64_t live = stats().live_blocks;
        *(unsigned char *)opaque(p + n) ^= 0x55;
        CHECK(realloc(p, n * 3 + 100) == NULL);
        CHECK_EQ(violations(), ++expected);
        CHECK(marked(p, n, 1));
        if (n <= SMALL_MAX) {
            malloc_usable_size(p);
            CHECK_EQ(violations(), expected);
        }
        CHECK_EQ(stats().live_blocks, live);
        mark(p, n, 2);
        CHECK(marked(p, n, 2));
        check_not_reused(p, n);
        free(p);
        CHECK_EQ(violations(), expected);
        check_not_reused(p, n);
    }
    check_reported(expected);
    return 0;
}
