// Sizes beyond PTRDIFF_MAX and products that overflow: NULL and ENOMEM from every entry point, nothing else happens.
#include "check.h"

#define REFUSED(call)            \
    do {                         \
        errno = 0;               \
        CHECK((call) == NULL);   \
        CHECK_EQ(errno, ENOMEM); \
    } while (0)

int main(void) {
    const size_t huge[] = {(size_t)PTRDIFF_MAX + 1, SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 7, SIZE_MAX - 15, SIZE_MAX - 4095, SIZE_MAX - 4103,
                           SIZE_MAX - 8192, SIZE_MAX / 2 + 2, (size_t)1 << 63, PTRDIFF_MAX, PTRDIFF_MAX - 4096};
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        size_t n = huge[i];
        REFUSED(malloc(n));
        REFUSED(calloc(1, n));
        REFUSED(calloc(n, 1));
        REFUSED(realloc(NULL, n));
        REFUSED(reallocarray(NULL, n, 1));
        REFUSED(aligned_alloc(16, n));
        REFUSED(memalign(4096, n));
        REFUSED(valloc(n));
        REFUSED(pvalloc(n));
        for (size_t align = 32; align <= GIB; align *= 2) REFUSED(aligned_alloc(align, n));  // nor must their sum wrap
    }
    REFUSED(pvalloc(SIZE_MAX - 100));  // rounding up to a page must not wrap
    const size_t factors[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {(size_t)1 << 32, (size_t)1 << 32}, {SIZE_MAX / 2 + 1, 2},
                                 {(size_t)1 << 63, 2}, {SIZE_MAX / 3, 4}, {((size_t)1 << 33) + 1, ((size_t)1 << 31)}};
    for (size_t i = 0; i < sizeof factors / sizeof *factors; i++) {
        REFUSED(calloc(factors[i][0], factors[i][1]));
        REFUSED(reallocarray(NULL, factors[i][0], factors[i][1]));
    }
    if (dam_get_stats) {
        dam_stats_t s = stats();
        CHECK_EQ(s.violations, 0);
        CHECK(s.small_live + s.middle_live + s.large_live + s.zero_live == s.live_blocks);
    }
    void *p = malloc(100);
    CHECK(p);
    free(p);
    check_sound();
    return 0;
}
