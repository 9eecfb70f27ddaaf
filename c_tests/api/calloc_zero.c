// calloc gives zeros however dirty the memory was before: in every tier, after reuse, and after memory went back to the
// system and returned.
// modes: preload static local local-asan
#include "check.h"

int main(void) {
    const size_t sizes[] = {1, 16, 24, 48, 100, 1000, 4088, 4096, 16376, 16377, 40000, 131072, 1048576, 1048577, 4000000, 20000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i], count = n < 5000 ? 200 : n < 2000000 ? 20 : 3;
        for (int round = 0; round < 4; round++) {
            unsigned char *p[200];
            for (size_t k = 0; k < count; k++) {
                p[k] = round & 1 ? calloc(1, n) : calloc(n, 1);
                CHECK(p[k] && all_zero(p[k], n));
                memset(p[k], 0xa5, n);
            }
            for (size_t k = 0; k < count; k++) free(p[(k * 7) % count]);
            if (round == 2) malloc_trim(0);
        }
        unsigned char *dirty = malloc(n);  // and once through malloc, whose contents nobody promises
        memset(dirty, 0xff, n);
        free(dirty);
        unsigned char *clean = calloc(1, n);
        CHECK(all_zero(clean, n));
        free(clean);
    }
    // Blocks that shrank or grew leave dirt in odd places.
    for (size_t n = 20; n < 300000; n = n * 3 / 2) {
        unsigned char *p = malloc(n);
        memset(p, 0xee, n);
        p = realloc(p, n / 2);
        unsigned char *q = calloc(1, n / 3 + 1);
        CHECK(all_zero(q, n / 3 + 1));
        memset(q, 0xdd, n / 3 + 1);
        free(p);
        free(q);
    }
    check_sound();
    return 0;
}
