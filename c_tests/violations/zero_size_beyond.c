// Steps behind the last zero-size block, near and far: addresses that were never handed out.
// violation: invalid-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    char *p = malloc(0);
    // Up to 8 GiB: far beyond what the allocator keeps count of there.
    for (size_t distance = KIB; distance <= 8 * GIB; distance *= 2) {
        free(opaque(p + distance));
        CHECK_EQ(violations(), ++expected);
        CHECK(realloc(opaque(p + distance), 10) == NULL);
        CHECK_EQ(violations(), ++expected);
    }
    CHECK_EQ(malloc_usable_size(p), 0);
    free(p);
    check_reported(expected);
    return 0;
}
