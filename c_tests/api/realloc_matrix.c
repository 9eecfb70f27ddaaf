// realloc between any two of 29 sizes of all tiers: the first min(old, new) bytes stay, the length is the new one, and
// neighbours are untouched.
// modes: preload static static-pie local local-asan ubsan
#include "check.h"

static const size_t sizes[] = {
    1,     8,     15,     16,     17,     40,     100,     500,     1024,      2000,        4096,    8000,    16368,   16376,
    16377, 20000, 65536,  100000, 262144, 524288, 1000000, 1048576, 1048577,   1100000,     2097152, 3000000, 8388608, 8388609, 12000001,
};
enum { COUNT = sizeof sizes / sizeof *sizes };

int main(void) {
    unsigned char *before = malloc(64), *after;
    fill(before, 64, 99);
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < COUNT; k++) {
            size_t from = sizes[i], to = sizes[k], common = from < to ? from : to;
            unsigned char *p = malloc(from);
            after = malloc(from);
            CHECK(p && after);
            fill(p, from, i);
            fill(after, from, 50);
            p = realloc(p, to);
            CHECK(p && aligned_to(p, 16));
            CHECK(holds(p, common, i));
            if (dam_version) CHECK_EQ(malloc_usable_size(p), to);
            fill(p, to, k);
            CHECK(holds(after, from, 50));
            CHECK(holds(p, to, k));
            free(after);
            free(p);
        }
    }
    // One block that grows by little steps and shrinks again, as a growing string does.
    unsigned char *p = NULL;
    for (size_t n = 1; n < 20 * MIB; n += n / 7 + 1) {
        p = realloc(p, n);
        CHECK(p);
        p[n - 1] = pattern(n - 1, 5);
        CHECK_EQ(p[0], pattern(0, 5));
    }
    for (size_t n = 20 * MIB; n > 1; n -= n / 7 + 1) {
        p = realloc(p, n);
        CHECK(p);
        CHECK_EQ(p[0], pattern(0, 5));
    }
    free(p);
    CHECK(holds(before, 64, 99));
    free(before);
    check_sound();
    return 0;
}
