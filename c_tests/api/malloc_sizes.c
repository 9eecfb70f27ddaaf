// Every size from 1 to 20,000 and those around the tiers' borders: aligned to 16, exactly as long as asked for by
// malloc_usable_size, writable to its last byte, and apart from every other block.
// modes: preload static static-pie local local-asan ubsan
#include "check.h"

enum { STEP = 500 };

static void one(size_t n) {
    unsigned char *p = malloc(n), *q = malloc(n);
    CHECK(p && q && p != q);
    CHECK(aligned_to(p, 16) && aligned_to(q, 16));
    if (dam_version) CHECK_EQ(malloc_usable_size(p), n);
    mark(p, n, 1);
    mark(q, n, 2);
    CHECK(marked(p, n, 1) && marked(q, n, 2));
    CHECK(p + n <= q || q + n <= p);
    free(p);
    CHECK(marked(q, n, 2));
    free(q);
}

int main(void) {
    for (size_t n = 1; n <= 20000; n++) one(n);
    const size_t borders[] = {SMALL_MAX, 16384, 32768, 65536, 131072, 262144, 524288, MIDDLE_MAX, 2 * MIB, 4 * MIB, 33 * MIB};
    for (size_t i = 0; i < sizeof borders / sizeof *borders; i++)
        for (size_t n = borders[i] - 24; n <= borders[i] + 24; n++) one(n);

    static unsigned char *kept[STEP];  // many of them alive at once
    for (size_t i = 0; i < STEP; i++) fill(kept[i] = malloc(i * 37 + 1), i * 37 + 1, i);
    for (size_t i = 0; i < STEP; i++) CHECK(holds(kept[i], i * 37 + 1, i));
    for (size_t i = 0; i < STEP; i++) free(kept[(i * 7) % STEP]);
    check_sound();
    return 0;
}
