// Writes behind the end of a block, in every tier: one byte, a zero byte (a string's end), eight bytes. Found when the
// block is freed; the report names the offset; the place is not used again; neighbours stay whole.
// A patrol of hardened tells of some damage from the neighbour's side as well.
// holds: fast default
// violation: heap-buffer-overflow
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        for (int how = 0; how < 4; how++) {
            unsigned char *p = malloc(n), *neighbour = malloc(n);
            memset(p, 7, n);
            mark(neighbour, n, 5);
            unsigned char *end = opaque(p + n);
            switch (how) {
            case 0: *end = *end == 'A' ? 'B' : 'A'; break;
            case 1: *end = 0; break;
            case 2: memset(end, 'A', 8); break;
            case 3: end[7] ^= 1; break;
            }
            free(p);
            CHECK_EQ(violations(), ++expected);
            CHECK(marked(neighbour, n, 5));
            if (how == 0) check_not_reused(p, n);
            free(neighbour);
            // The bytes written may be the word in front of the neighbour, which then answers for it, too.
            CHECK_LE(violations(), expected + 1);
            CHECK(violations() == expected || how > 1 || n % 16 == 8);
            expected = violations();
        }
    }
    check_reported(expected);
    return 0;
}
