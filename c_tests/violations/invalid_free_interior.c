// Pointers into live blocks, aligned as a block's would be and not: reported and dropped, the block is unharmed.
// violation: invalid-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        unsigned char *p = malloc(n);
        mark(p, n, i);
        const size_t offsets[] = {1, 8, 15, 16, 32, 48, 64, 100, 1024, 4096, 65536};
        for (size_t k = 0; k < sizeof offsets / sizeof *offsets && offsets[k] < n; k++) {
            free(opaque(p + offsets[k]));
            CHECK_EQ(violations(), ++expected);
        }
        CHECK(marked(p, n, i));
        CHECK_EQ(malloc_usable_size(p), n);
        free(p);
        CHECK_EQ(violations(), expected);
    }
    check_reported(expected);
    return 0;
}
