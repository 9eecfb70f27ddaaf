// malloc_usable_size is the requested size, exactly, whoever made the block and whatever became of it; 0 for NULL.
// modes: preload static local ubsan
#include "check.h"

int main(void) {
    CHECK_EQ(malloc_usable_size(NULL), 0);
    if (!dam_version) return 0;
    const size_t sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 24, 25, 40, 48, 63, 64, 65, 1000, 4096, 16376, 16377, 70000, 1048576, 1048577, 8388608, 8388609, 12000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        void *p = malloc(n);
        CHECK_EQ(malloc_usable_size(p), n);
        p = realloc(p, n + 1);
        CHECK_EQ(malloc_usable_size(p), n + 1);
        p = realloc(p, n / 2 + 1);
        CHECK_EQ(malloc_usable_size(p), n / 2 + 1);
        free(p);
        p = calloc(n, 3);
        CHECK_EQ(malloc_usable_size(p), 3 * n);
        free(p);
        p = reallocarray(NULL, 5, n);
        CHECK_EQ(malloc_usable_size(p), 5 * n);
        free(p);
        p = valloc(n);
        CHECK_EQ(malloc_usable_size(p), n);
        free(p);
        p = pvalloc(n);  // whole pages are what it is asked for
        CHECK_EQ(malloc_usable_size(p), n ? (n + PAGE - 1) / PAGE * PAGE : malloc_usable_size(p));
        free(p);
    }
    check_sound();
    return 0;
}
