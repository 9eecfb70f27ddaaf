// realloc(NULL, n) allocates, realloc(p, 0) frees and returns NULL as glibc's does, realloc(NULL, 0) is malloc(0), and a
// realloc that fails (too large for PTRDIFF_MAX, or for the machine) leaves the block as it was.
#include "check.h"

int main(void) {
    unsigned char *p = realloc(opaque(NULL), 100);
    CHECK(p);
    fill(p, 100, 3);
    free(p);
    p = realloc(opaque(NULL), 0);
    CHECK(p);
    free(p);

    const size_t sizes[] = {1, 40, 5000, 16376, 16377, 500000, 1048576, 1048577, 8388608, 8388609, 12000000};
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX, (size_t)1 << 60, (size_t)1 << 48};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        p = malloc(n);
        fill(p, n, i);
        for (size_t k = 0; k < sizeof huge / sizeof *huge; k++) {
            errno = 0;
            CHECK(realloc(p, opaque((void *)huge[k]) ? huge[k] : 1) == NULL);
            CHECK_EQ(errno, ENOMEM);
            CHECK(holds(p, n, i));
            errno = 0;
            CHECK(reallocarray(p, huge[k], 2) == NULL);
            CHECK_EQ(errno, ENOMEM);
        }
        if (dam_version) CHECK_EQ(malloc_usable_size(p), n);
        unsigned char *same = realloc(p, n);
        CHECK(same && holds(same, n, i));
        uint64_t live = dam_version ? stats().live_blocks : 1;
        CHECK(realloc(same, 0) == NULL);
        if (dam_version) CHECK_EQ(stats().live_blocks, live - 1);
    }
    // From the zero-size block, and down to one byte.
    p = realloc(malloc(0), 200);
    CHECK(p);
    fill(p, 200, 8);
    p = realloc(p, 1);
    CHECK(p && holds(p, 1, 8));
    free(p);
    check_sound();
    return 0;
}
