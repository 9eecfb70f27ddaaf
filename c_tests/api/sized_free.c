// free_sized and free_aligned_sized with the right size and alignment, and cfree, free like free; NULL is fine.
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    dam_stats_t before = stats();
    for (size_t n = 0; n < 20 * MIB; n = n * 5 / 4 + 1) {
        void *p = malloc(n);
        CHECK(p);
        free_sized(p, n);
        p = calloc(2, n);
        free_sized(p, 2 * n);
        p = realloc(malloc(n / 2 + 1), n + 1);
        free_sized(p, n + 1);
        for (size_t a = 16; a <= 8192; a *= 4) {
            p = aligned_alloc(a, n);
            CHECK(p && aligned_to(p, a));
            free_aligned_sized(p, a, n);
        }
#ifndef USE_DAM_LOCAL
        if (cfree) cfree(malloc(n));
#endif
    }
    free_sized(NULL, 10);
    free_aligned_sized(NULL, 16, 10);
    CHECK_EQ(stats().live_blocks, before.live_blocks);
    check_sound();
    return 0;
}
