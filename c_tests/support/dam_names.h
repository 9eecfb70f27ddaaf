// Compiles a test program against libdam_local: the standard names become the dam_* ones, the C library keeps its own.
// Included by the runner ahead of every source (-include), therefore before any system header.
#ifndef DAM_TEST_NAMES_H
#define DAM_TEST_NAMES_H
#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "dam.h"

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer cannot see the locks inside DAM. A block passes from the thread that frees it to the one that gets it
// next, and the allocator orders the two: say so, page by page, and keep everything else visible to the checker.
void __tsan_acquire(void *);
void __tsan_release(void *);
extern char dam_tsan_pages[4096];
char dam_tsan_pages[4096] __attribute__((weak));
#define DAM_TSAN_EACH(f, p, n)                                                                         \
    for (size_t tsan_a = (size_t)(p) >> 12, tsan_z = ((size_t)(p) + (n)) >> 12; (p) && tsan_a <= tsan_z; tsan_a++) \
    f(&dam_tsan_pages[tsan_a & 4095])
static inline void *dam_got(void *p, size_t n) {
    DAM_TSAN_EACH(__tsan_acquire, p, n);
    return p;
}
static inline void *dam_giving(void *p) {
    size_t n = p ? dam_malloc_usable_size(p) : 0;
    DAM_TSAN_EACH(__tsan_release, p, n);
    return p;
}
#define malloc(n) dam_got(dam_malloc(n), n)
#define calloc(k, n) dam_got(dam_calloc(k, n), (k) * (n))
#define realloc(p, n) dam_got(dam_realloc(dam_giving(p), n), n)
#define aligned_alloc(a, n) dam_got(dam_aligned_alloc(a, n), n)
#define free(p) dam_free(dam_giving(p))
#else
#define malloc dam_malloc
#define calloc dam_calloc
#define realloc dam_realloc
#define aligned_alloc dam_aligned_alloc
#define free dam_free
#endif
#define reallocarray dam_reallocarray
#define posix_memalign dam_posix_memalign
#define memalign dam_memalign
#define valloc dam_valloc
#define pvalloc dam_pvalloc
#define malloc_usable_size dam_malloc_usable_size
#define free_sized dam_free_sized
#define free_aligned_sized dam_free_aligned_sized
#define malloc_trim dam_malloc_trim
#endif
