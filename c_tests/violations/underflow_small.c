// A write into the eight bytes in front of a small block is found when the block is freed or its neighbour is.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS && tiers[i] <= SMALL_MAX; i++) {
        for (int back = 1; back <= 8; back += 7) {
            unsigned char *p = malloc(tiers[i]);
            mark(p, tiers[i], 1);
            unsigned char *front = opaque(p - back);
            *front ^= 0x5a;
            free(p);
            CHECK_EQ(violations(), ++expected);
            check_not_reused(p, tiers[i]);
            CHECK_EQ(violations(), expected);
        }
    }
    check_reported(expected);
    return 0;
}
