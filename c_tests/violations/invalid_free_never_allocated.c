// Addresses inside the allocator's own ranges where no block was ever handed out: near live blocks of every tier, page by
// page and slot by slot.
// violation: invalid-free
#include "misuse.h"

int main(void) {
    uint64_t s = 42;
    uint64_t tried = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i];
        unsigned char *p = malloc(n);
        mark(p, n, i);
        for (int k = 0; k < 200; k++) {
            // Far from anything alive, and odd, so that it is no block by any chance.
            uintptr_t there = (uintptr_t)p + (rnd(&s) % (64 * MIB) + 4 * MIB);
            free(opaque((void *)(there | 1)));
            // In front of everything of this size, like a block and not.
            uintptr_t before = (uintptr_t)p - (rnd(&s) % (64 * MIB) + 4 * MIB);
            free(opaque((void *)(before | 1)));
            free(opaque((void *)(before & ~(uintptr_t)15)));
            tried += 3;
        }
        CHECK(marked(p, n, i));
        CHECK_EQ(violations(), tried);
        free(p);
    }
    // The next slots of a class that has handed out only one: aligned like blocks, yet none.
    unsigned char *p = malloc(15000);
    for (int k = 20; k < 24; k++) {
        free(opaque(p + 16384 * k));
        tried++;
    }
    CHECK_EQ(violations(), tried);
    mark(p, 15000, 1);
    free(p);
    check_reported(tried);
    return 0;
}
