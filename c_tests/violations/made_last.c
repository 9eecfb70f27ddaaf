// Damage in front of or behind a middle block that was made last is found by the next slow operation, though the block
// is never freed.
// holds: default hardened
// violation: heap-buffer-underflow
#include "misuse.h"

int main(void) {
    const size_t n = 100000;
    unsigned char *p = malloc(n);
    *(unsigned char *)opaque(p - 1) ^= 1;
    CHECK_EQ(violations(), 0);
    CHECK(opaque(malloc(n)) != NULL);
    CHECK_EQ(violations(), 1);
    unsigned char *q = malloc(n);
    *(unsigned char *)opaque(q + n) ^= 1;
    CHECK(opaque(malloc(n)) != NULL);
    CHECK_EQ(violations(), 2);
    return 0;
}
