// jemalloc's functions as its header declares them, without needing the header. Weak, as in check.h.
#ifndef DAM_TEST_JEMALLOC_H
#define DAM_TEST_JEMALLOC_H
#include "check.h"

extern int mallctl(const char *, void *, size_t *, void *, size_t) __attribute__((weak));
extern int mallctlnametomib(const char *, size_t *, size_t *) __attribute__((weak));
extern int mallctlbymib(const size_t *, size_t, void *, size_t *, void *, size_t) __attribute__((weak));
extern void malloc_stats_print(void (*)(void *, const char *), void *, const char *) __attribute__((weak));
extern void (*malloc_message)(void *, const char *) __attribute__((weak));
extern void *mallocx(size_t, int) __attribute__((weak));
extern void *rallocx(void *, size_t, int) __attribute__((weak));
extern size_t xallocx(void *, size_t, size_t, int) __attribute__((weak));
extern size_t sallocx(const void *, int) __attribute__((weak));
extern void dallocx(void *, int) __attribute__((weak));
extern void sdallocx(void *, size_t, int) __attribute__((weak));
extern size_t nallocx(size_t, int) __attribute__((weak));

#define MALLOCX_LG_ALIGN(la) ((int)(la))
#define MALLOCX_ALIGN(a) ((int)__builtin_ctzll(a))
#define MALLOCX_ZERO 0x40
#define MALLOCX_TCACHE(tc) ((int)(((tc) + 2) << 8))
#define MALLOCX_TCACHE_NONE MALLOCX_TCACHE(-1)
#define MALLOCX_ARENA(a) ((int)(((a) + 1) << 20))
enum { ALL_ARENAS = 4096, DESTROYED_ARENAS = 4097 };

// Reads a value of `bytes` bytes.
__attribute__((unused)) static uint64_t ask_as(const char *name, size_t bytes) {
    uint64_t value = 0;
    size_t n = bytes;
    int error = mallctl(name, &value, &n, NULL, 0);
    if (error || n != bytes) check_failed(__FILE__, __LINE__, name, (uintmax_t)error, n);
    return value;
}

__attribute__((unused)) static uint64_t ask(const char *name) { return ask_as(name, 8); }

__attribute__((unused)) static int set(const char *name, uint64_t value, size_t bytes) {
    return mallctl(name, NULL, NULL, &value, bytes);
}

__attribute__((unused)) static int act(const char *name) { return mallctl(name, NULL, NULL, NULL, 0); }

__attribute__((unused)) static void refresh(void) { CHECK_EQ(set("epoch", 1, 8), 0); }

// A figure after a refresh.
__attribute__((unused)) static uint64_t anew(const char *name) { return refresh(), ask(name); }
#endif
