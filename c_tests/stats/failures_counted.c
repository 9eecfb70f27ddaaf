// A request that cannot be served counts as a failure of its tier, once, and as no allocation.
// modes: preload static local
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    dam_stats_t a = stats();
    for (int i = 0; i < 10; i++) CHECK(malloc((size_t)PTRDIFF_MAX - 5000) == NULL);
    dam_stats_t b = stats();
    CHECK_EQ(b.large_failures - a.large_failures, 10);
    CHECK_EQ(b.large_allocations, a.large_allocations);
    CHECK_EQ(b.small_failures + b.middle_failures, a.small_failures + a.middle_failures);
    void *p = malloc(100);
    CHECK(realloc(p, (size_t)PTRDIFF_MAX + 1) == NULL);
    CHECK(realloc(p, (size_t)PTRDIFF_MAX - 5000) == NULL);
    CHECK(aligned_alloc(4096, (size_t)PTRDIFF_MAX - 5000) == NULL);
    CHECK_EQ(stats().large_failures - b.large_failures, 3);
    free(p);
    check_sound();
    return 0;
}
