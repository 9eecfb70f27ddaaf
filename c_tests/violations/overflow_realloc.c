// An overflow is found by realloc, too, whether the block would grow in place, move or shrink: the damaged block is not
// taken over as if nothing had been.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
// expect: stderr contains "realloc of 0x"
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        const size_t to[] = {tiers[i] + 1, tiers[i] * 3 + 100, tiers[i] / 2 + 1, 20000000};
        for (size_t k = 0; k < 4; k++) {
            unsigned char *p = malloc(tiers[i]);
            unsigned char *end = opaque(p + tiers[i]);
            *end ^= 0x55;
            errno = 0;
            unsigned char *q = realloc(p, to[k]);
            CHECK_EQ(violations(), ++expected);
            CHECK(q == NULL);
            CHECK(errno != 0);
        }
    }
    check_reported(expected);
    return 0;
}
