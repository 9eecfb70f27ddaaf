// mallopt accepts every key a C library program may set and says so with 1; allocation goes on as before.
// modes: preload static
#include "check.h"

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
    check_sound();
    return 0;
}
