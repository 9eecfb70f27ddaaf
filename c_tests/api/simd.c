// Types with the strictest alignment the ABI knows live in any block: aligned vector moves of 16 bytes at every size, of
// 32 and 64 bytes in blocks asked for so.
// modes: preload static local
#include "check.h"

#include <stdalign.h>
#include <stddef.h>

typedef float v4 __attribute__((vector_size(16)));

int main(void) {
    CHECK_EQ(alignof(max_align_t), 16);
    for (size_t n = 16; n < 40000; n += 8) {
        v4 *p = malloc(n), *q = calloc(1, n), *r = realloc(malloc(8), n);
        CHECK(p && q && r);
        for (size_t i = 0; i < n / 16; i += n / 16 / 4 + 1) {  // movaps: faults when misaligned
            ((volatile v4 *)p)[i] = (v4){1, 2, 3, 4};
            ((volatile v4 *)q)[i] = ((volatile v4 *)p)[i];
            ((volatile v4 *)r)[i] = ((volatile v4 *)q)[i];
        }
        long double *d = (long double *)p;
        *d = 1.5L;
        CHECK(*d * 2 == 3.0L);
        free(p), free(q), free(r);
    }
    for (size_t n = 1; n < 16; n++) {  // smaller ones, too
        void *p = malloc(n);
        CHECK(aligned_to(p, 16));
        free(p);
    }
    for (size_t a = 32; a <= 4096; a *= 2) {
        void *p = aligned_alloc(a, 3 * a);
        CHECK(p && aligned_to(p, a));
        free(p);
    }
    check_sound();
    return 0;
}
