// A write into the sixteen bytes in front of a middle block (its header) is found when the block is freed or reallocated
// and is never followed: neighbours stay whole and the process goes on.
// Hardened places blocks by lot, also at the start of a pool, in front of which lies a page that faults.
// holds: fast default
// violation: heap-buffer-underflow
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    const size_t sizes[] = {16377, 20000, 100000, 600000, 8388608};
    for (size_t i = 0; i < 5; i++)
        for (int back = 1; back <= 16; back += 5) {
            size_t n = sizes[i];
            unsigned char *before = malloc(n), *p = malloc(n), *after = malloc(n);
            mark(before, n, 1), mark(p, n, 2), mark(after, n, 3);
            unsigned char *front = opaque(p - back);
            *front ^= 0x5a;
            if (back % 2) free(p);
            else CHECK(realloc(p, n + 5000) == NULL);
            CHECK_EQ(violations(), ++expected);
            CHECK(marked(before, n, 1) && marked(after, n, 3));
            free(before), free(after);
        }
    live_a_little();
    CHECK_GE(violations(), expected);
    return 0;
}
