// The dam_* functions are the same heap under other names: blocks cross freely. dam_init and dam_shutdown may be called at
// any time, any number of times. dam_version is not empty.
// modes: preload static
#include "check.h"

#pragma weak dam_malloc
#pragma weak dam_free
#pragma weak dam_calloc
#pragma weak dam_realloc
#pragma weak dam_aligned_alloc
#pragma weak dam_malloc_usable_size
#pragma weak dam_reallocarray
#pragma weak dam_posix_memalign
#pragma weak dam_memalign
#pragma weak dam_valloc
#pragma weak dam_pvalloc
#pragma weak dam_free_sized
#pragma weak dam_free_aligned_sized
#pragma weak dam_malloc_trim

int main(void) {
    if (!dam_version) return 0;
    CHECK(strlen(dam_version()) >= 3);
    void *live = malloc(100);
    fill(live, 100, 1);
    for (size_t n = 1; n < 20 * MIB; n = n * 3 + 1) {
        dam_init();
        free(dam_malloc(n));
        dam_free(malloc(n));
        free(dam_calloc(1, n));
        void *p = dam_realloc(malloc(n), 2 * n);
        CHECK_EQ(malloc_usable_size(p), 2 * n);
        CHECK_EQ(dam_malloc_usable_size(p), 2 * n);
        free(realloc(p, n));
        free(dam_aligned_alloc(256, n));
        free(dam_reallocarray(NULL, n, 2));
        CHECK_EQ(dam_posix_memalign(&p, 128, n), 0);
        free(p);
        free(dam_memalign(64, n));
        free(dam_valloc(n));
        free(dam_pvalloc(n));
        dam_free_sized(malloc(n), n);
        dam_free_aligned_sized(aligned_alloc(64, n), 64, n);
        dam_malloc_trim(0);
        dam_shutdown();
        CHECK(holds(live, 100, 1));
    }
    dam_shutdown();
    dam_shutdown();
    free(live);
    void *p = malloc(50);  // life goes on after it
    CHECK(p);
    free(p);
    check_sound();
    return 0;
}
