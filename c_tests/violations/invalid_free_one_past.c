// The pointer just behind a block, or a byte in front of it: never the start of one.
// violation: invalid-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        unsigned char *p = malloc(n);
        mark(p, n, i);
        free(opaque(p - 1));
        CHECK_EQ(violations(), ++expected);
        if (n % 16) {  // an aligned end could be the next block's start
            free(opaque(p + n));
            CHECK_EQ(violations(), ++expected);
        }
        CHECK(marked(p, n, i));
        free(p);
        CHECK_EQ(violations(), expected);
    }
    check_reported(expected);
    return 0;
}
