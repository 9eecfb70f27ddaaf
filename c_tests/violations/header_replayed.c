// A header that a middle block once had, put back in front of a later block at the same address: neither that of the freed
// block nor that of a longer one passes for the block's own.
// Hardened does not use the place again at once.
// holds: fast default
// violation: heap-buffer-underflow
// The sample of the frees would keep the place from being used again at once.
// options: sample_frees=0
#include "misuse.h"

int main(void) {
    for (int longer = 0; longer < 2; longer++) {
        size_t n = longer ? 300000 : 30000;
        unsigned char *p = malloc(n), old[16];
        if (longer) memcpy(old, opaque(p - 16), 16);
        free(p);
        if (!longer) memcpy(old, opaque(p - 16), 16);
        unsigned char *q = malloc(30000), *neighbour = malloc(30000);
        CHECK(q == p);
        CHECK(memcmp(old, opaque(q - 16), 16));
        mark(neighbour, 30000, 1);
        memcpy(opaque(q - 16), old, 16);
        free(q);
        CHECK_EQ(violations(), longer + 1);
        CHECK(marked(neighbour, 30000, 1));
        free(neighbour);
    }
    check_reported(2);
    return 0;
}
