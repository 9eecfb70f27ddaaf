// Overflows of blocks from the aligned entry points, calloc, reallocarray and of blocks that realloc made longer or
// In paranoid the write itself faults.
// holds: fast default hardened
// shorter: the canary is right behind what was asked for last.
// violation: heap-buffer-overflow
#include "misuse.h"

static uint64_t expected;

static void hit(unsigned char *p, size_t n) {
    CHECK(p);
    memset(p, 1, n);
    unsigned char *end = opaque(p + n);
    *end ^= 0xff;
    free(p);
    CHECK_EQ(violations(), ++expected);
}

int main(void) {
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        for (size_t a = 16; a <= 65536; a *= 16) hit(aligned_alloc(a, n), n);
        hit(memalign(64, n), n);
        hit(calloc(1, n), n);
        hit(calloc(n, 3), 3 * n);
        hit(reallocarray(NULL, 2, n), 2 * n);
        hit(realloc(malloc(n), n + 3), n + 3);
        hit(realloc(malloc(n + 9), n), n);
        hit(realloc(malloc(3 * n), n), n);
        hit(realloc(malloc(n / 2 + 1), n), n);
    }
    check_reported(expected);
    return 0;
}
