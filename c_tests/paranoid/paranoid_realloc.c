// realloc from every size to every other keeps the contents, and what it gives back ends at a guard page.
// options: profile=paranoid
#include "check.h"

static const size_t sizes[] = {1, 13, 16, 100, 4080, 4096, 5000, 16376, 70000, 200000, MIB + 16, 9 * MIB};
enum { SIZES = sizeof sizes / sizeof *sizes };

int main(void) {
    for (size_t a = 0; a < SIZES; a++)
        for (size_t b = 0; b < SIZES; b++) {
            size_t least = sizes[a] < sizes[b] ? sizes[a] : sizes[b];
            unsigned char *p = malloc(sizes[a]);
            memset(p, (int)(a + 1), sizes[a]);
            CHECK(p = realloc(p, sizes[b]));
            CHECK_EQ(malloc_usable_size(p), sizes[b]);
            CHECK_EQ(((uintptr_t)p + sizes[b] + 15) / 16 * 16 % PAGE, 0);
            for (size_t at = 0; at < least; at++) CHECK(p[at] == a + 1);
            memset(p, 77, sizes[b]);
            CHECK(dam_check_heap() == 0);
            free(p);
        }
    unsigned char *aligned = aligned_alloc(8192, 100);
    CHECK_EQ((uintptr_t)aligned % 8192, 0);
    memset(aligned, 3, 100);
    CHECK(aligned = realloc(aligned, 10000));
    for (size_t at = 0; at < 100; at++) CHECK(aligned[at] == 3);
    free(aligned);
    for (size_t n = 1; n < 3 * MIB; n = n * 5 + 3) {
        unsigned char *p = calloc(1, n);
        for (size_t at = 0; at < n; at++) CHECK(p[at] == 0);
        free(p);
    }
    return 0;
}
