// Alignments from 1 byte to 1 GiB through every entry point that takes one: the address, the length and the contents are
// right, the block can be reallocated and freed like any other.
// modes: preload static local local-asan
#include "check.h"

static void use(unsigned char *p, size_t alignment, size_t n) {
    CHECK(p);
    CHECK(aligned_to(p, alignment));
    if (dam_version) CHECK_EQ(malloc_usable_size(p), n);
    if (n) mark(p, n, alignment);
}

static void leave(unsigned char *p, size_t alignment, size_t n) {
    CHECK(marked(p, n, alignment));
    p = realloc(p, n + 40);
    CHECK(p && aligned_to(p, 16));
    CHECK(n < 128 || holds(p, 64, alignment));
    free(p);
}

int main(void) {
    const size_t sizes[] = {1, 24, 100, 4000, 16376, 20000, 300000, 2 * MIB + 5, 9 * MIB};
    for (size_t a = 1; a <= GIB; a *= 2) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            size_t n = sizes[i];
            unsigned char *p = aligned_alloc(a, n);
            unsigned char *q = memalign(a, n);
            void *r = NULL;
            use(p, a, n);
            use(q, a, n);
            if (a >= sizeof(void *)) {
                CHECK_EQ(posix_memalign(&r, a, n), 0);
                use(r, a, n);
                leave(r, a, n);
            }
            leave(p, a, n);
            leave(q, a, n);
        }
    }
    // Many aligned neighbours of odd sizes, freed out of order.
    static unsigned char *kept[400];
    for (size_t i = 0; i < 400; i++) use(kept[i] = aligned_alloc((size_t)16 << i % 9, i * 53 + 1), (size_t)16 << i % 9, i * 53 + 1);
    for (size_t i = 0; i < 400; i++) {
        size_t k = i * 211 % 400;
        CHECK(marked(kept[k], k * 53 + 1, (size_t)16 << k % 9));
        free(kept[k]);
    }
    check_sound();
    return 0;
}
