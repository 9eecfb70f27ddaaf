// mallopt accepts every key a C library program may set and says so with 1, as glibc also does of keys it does not know;
// 0 is for a value of M_MXFAST out of its range. Allocation goes on as before.
// modes: preload static
#include "check.h"

#include <limits.h>

int main(void) {
    const int keys[][2] = {{M_MXFAST, 64}, {M_TRIM_THRESHOLD, 128 * 1024}, {M_TOP_PAD, 4096}, {M_MMAP_THRESHOLD, 128 * 1024},
                           {M_MMAP_MAX, 1000}, {M_CHECK_ACTION, 3}, {M_PERTURB, 0}, {M_ARENA_TEST, 2}, {M_ARENA_MAX, 2}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CHECK_EQ(mallopt(keys[i][0], keys[i][1]), 1);
        for (size_t n = 1; n < 20 * MIB; n *= 3) {
            unsigned char *p = malloc(n);
            CHECK(p);
            mark(p, n, n);
            free(p);
        }
    }
    const int unknown[] = {INT_MIN, -100, -9, 0, M_NLBLKS, M_GRAIN, M_KEEP, 5, 99, INT_MAX};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        for (int value = -1; value <= 1; value++) CHECK_EQ(mallopt(unknown[i], value), 1);
    CHECK_EQ(mallopt(M_MXFAST, 0), 1);
    CHECK_EQ(mallopt(M_MXFAST, 160), 1);
    CHECK_EQ(mallopt(M_MXFAST, 161), 0);
    CHECK_EQ(mallopt(M_MXFAST, -1), 0);
    check_sound();
    return 0;
}
