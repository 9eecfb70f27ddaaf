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
// next, and the allocator orders the two: say so, page by page, keep DAM's own memset and memcpy out of it, and everything
// else visible to the checker.
void __tsan_acquire(void *);
void __tsan_release(void *);
void AnnotateIgnoreReadsBegin(const char *, int);
void AnnotateIgnoreReadsEnd(const char *, int);
void AnnotateIgnoreWritesBegin(const char *, int);
void AnnotateIgnoreWritesEnd(const char *, int);
char dam_tsan_pages[4096] __attribute__((weak));
#define DAM_TSAN_EACH(f, p, n)                                                                                     \
    for (size_t tsan_a = (size_t)(p) >> 12, tsan_z = ((size_t)(p) + (n)) >> 12; (p) && tsan_a <= tsan_z; tsan_a++) \
    f(&dam_tsan_pages[tsan_a & 4095])
static inline void dam_tsan_enter(void *p) {
    size_t n = p ? dam_malloc_usable_size(p) : 0;
    DAM_TSAN_EACH(__tsan_release, p, n);
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
}
static inline void *dam_tsan_leave(void *p, size_t n) {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    DAM_TSAN_EACH(__tsan_acquire, p, n);
    return p;
}
#define DAM_TSAN(p, call, n) (dam_tsan_enter(p), dam_tsan_leave(call, n))
static inline void *dam_tsan_malloc(size_t n) { return DAM_TSAN(NULL, dam_malloc(n), n); }
static inline void *dam_tsan_calloc(size_t k, size_t n) { return DAM_TSAN(NULL, dam_calloc(k, n), k * n); }
static inline void *dam_tsan_realloc(void *p, size_t n) { return DAM_TSAN(p, dam_realloc(p, n), n); }
static inline void *dam_tsan_aligned_alloc(size_t a, size_t n) { return DAM_TSAN(NULL, dam_aligned_alloc(a, n), n); }
static inline void dam_tsan_free(void *p) { DAM_TSAN(p, (dam_free(p), NULL), 0); }
#define malloc dam_tsan_malloc
#define calloc dam_tsan_calloc
#define realloc dam_tsan_realloc
#define aligned_alloc dam_tsan_aligned_alloc
#define free dam_tsan_free
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
