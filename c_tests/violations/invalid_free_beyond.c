// Addresses where slots of a class would lie that has not grown as far: whole slots beyond the last one, near and far.
// violation: invalid-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t n = 24; n <= 248; n += 16) {
        unsigned char *p = malloc(n);
        mark(p, n, 1);
        for (size_t distance = 1 << 14; distance <= 1 << 26; distance *= 4) {
            free(opaque(p + (n + 8) * distance));  // the whole slot is in use
            CHECK_EQ(violations(), ++expected);
            CHECK_EQ(malloc_usable_size(opaque(p + (n + 8) * distance)), 0);
            CHECK_EQ(violations(), ++expected);
        }
        CHECK(marked(p, n, 1));
        free(p);
    }
    check_reported(expected);
    return 0;
}
