// A write that jumps over the canary of a live block and hits the end of its place is found when the free place behind it is
// used again, and is told of the block that it came from.
// Hardened places blocks by lot.
// holds: fast default
// violation: heap-buffer-overflow
// expect: stderr contains "reuse of 0x"
// expect: stderr contains "block of 32 bytes, first damaged byte at offset 40"
#include "misuse.h"

enum { MANY = 400 };

static void jump(size_t n, size_t place, uint64_t expected) {
    static unsigned char *p[MANY];
    for (size_t i = 0; i < MANY; i++) p[i] = malloc(n);
    size_t i = MANY / 2;
    while (p[i + 1] != p[i] + place) CHECK(++i + 1 < MANY);
    free(p[i + 1]);
    malloc_trim(0);
    *(unsigned char *)opaque(p[i] + place - 8) ^= 1;
    for (size_t k = 0; k < MANY && violations() < expected; k++) CHECK(malloc(n) != p[i + 1]);
    CHECK_EQ(violations(), expected);
}

int main(void) {
    jump(32, 48, 1);
    jump(992, 1040, 2);
    check_reported(2);
    return 0;
}
