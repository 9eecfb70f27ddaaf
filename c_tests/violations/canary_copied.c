// Whoever reads behind a block knows the canary. Copies of it make no live block of a freed one, nor of a place inside one.
// Where each word has its own canary, none passes for another.
// holds: fast default
// violation: double-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    // Full of canary, a freed block looks like a live one of any size.
    for (size_t n = 8; n <= SMALL_MAX; n += n < 256 ? 8 : 1000) {
        unsigned char *p = malloc(n), canary[8];
        memcpy(canary, opaque(p + n), 8);
        for (size_t at = 0; at < n; at += 8) memcpy(opaque(p + at), canary, 8);
        free(p);
        free(opaque(p));
        CHECK_EQ(violations(), ++expected);
        unsigned char *a = malloc(n), *b = malloc(n);
        CHECK(a != b);
        free(a), free(b);
        CHECK_EQ(violations(), expected);
    }
    // Eight bytes inside, with canary in front; behind it lies what is left of the slot, and its end is canary, too.
    for (size_t n = 16; n <= 256; n += 16) {
        unsigned char *p = malloc(n);
        // Not one in a larger slot, which a class may borrow.
        for (int i = 0; memcmp(opaque(p + n), opaque(p + n + 8), 8); i++) CHECK(i < 100 && (p = malloc(n)));
        memcpy(p, opaque(p + n), 8);
        free(opaque(p + 8));
        CHECK_EQ(violations(), ++expected);
        CHECK_EQ(malloc_usable_size(p), n);
        free(p);
        CHECK_EQ(violations(), expected);
    }
    check_reported(expected);
    return 0;
}
