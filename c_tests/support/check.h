// What every test program includes: checks that never allocate, contents that can be verified later, and a look at the
// process from outside. Works with DAM preloaded, linked in, or under the dam_* names (dam_names.h).
#ifndef DAM_TEST_CHECK_H
#define DAM_TEST_CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dam.h"

// Weak, so that one binary builds for every mode; the runner's DAM_TEST=1 makes their absence an error at start.
#pragma weak dam_version
#pragma weak dam_init
#pragma weak dam_shutdown
#pragma weak dam_get_stats
#pragma weak dam_stats_print
#pragma weak dam_check_heap
#pragma weak dam_find_leaks
#pragma weak dam_on_event
#pragma weak dam_stats_class
#pragma weak dam_stats_pool
#pragma weak dam_stats_tier
#pragma weak dam_stats_thread
#pragma weak dam_stats_lifetimes
#pragma weak dam_stats_unusable_free
#pragma weak dam_stats_count
#pragma weak dam_stats_describe
#pragma weak dam_stats_read
#pragma weak dam_stats_json
#pragma weak dam_stats_prometheus
#pragma weak dam_stats_openmetrics
#pragma weak dam_heap_walk
#pragma weak dam_set_limit

// Newer than the C library's headers, or gone from them.
#ifndef USE_DAM_LOCAL
extern void free_sized(void *, size_t) __attribute__((weak));
extern void free_aligned_sized(void *, size_t, size_t) __attribute__((weak));
extern void cfree(void *) __attribute__((weak));
#endif

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define SMALL_MAX ((size_t)16376)  // the largest request of the small tier
#define MIDDLE_MAX (8 * MIB)         // the largest request of the middle tier
#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

__attribute__((unused)) static void say(const char *text) {
    if (write(2, text, strlen(text)) < 0) { /* nothing left to tell it with */ }
}

__attribute__((noreturn, unused)) static void check_failed(const char *file, int line, const char *what, uintmax_t a, uintmax_t b) {
    char text[400];
    snprintf(text, sizeof text, "%s:%d: failed: %s (0x%jx, 0x%jx) errno %d\n", file, line, what, a, b, errno);
    say(text);
    _exit(1);
}

#define CHECK(c) ((c) ? (void)0 : check_failed(__FILE__, __LINE__, #c, 0, 0))
#define CHECK_CMP(a, op, b)                                                                     \
    do {                                                                                        \
        uintmax_t check_a = (uintmax_t)(a), check_b = (uintmax_t)(b);                           \
        if (!(check_a op check_b))                                                              \
            check_failed(__FILE__, __LINE__, #a " " #op " " #b, check_a, check_b);              \
    } while (0)
#define CHECK_EQ(a, b) CHECK_CMP(a, ==, b)
#define CHECK_LE(a, b) CHECK_CMP(a, <=, b)
#define CHECK_GE(a, b) CHECK_CMP(a, >=, b)

#ifndef NO_START_CHECK
// A preload that failed would leave a test of the system's allocator, which proves nothing.
__attribute__((constructor, unused)) static void check_dam_is_here(void) {
    if (getenv("DAM_TEST") && !dam_version) {
        say("test error: DAM is not in this process\n");
        _exit(99);
    }
}
#endif

// Hides where a pointer came from, so that the compiler neither removes nor rearranges what a test does with it.
__attribute__((unused)) static void *opaque(const void *p) {
    void *q = (void *)p;
    __asm__ volatile("" : "+r"(q) : : "memory");
    return q;
}

__attribute__((unused)) static uint64_t rnd(uint64_t *s) {  // xorshift64*
    *s ^= *s >> 12, *s ^= *s << 25, *s ^= *s >> 27;
    return *s * 0x2545F4914F6CDD1Dull;
}

__attribute__((unused)) static unsigned char pattern(size_t i, uint64_t seed) {
    return (unsigned char)((i * 167 + (i >> 8) * 13 + seed * 31 + 7) | 1);
}

__attribute__((unused)) static void fill(void *p, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++) ((unsigned char *)p)[i] = pattern(i, seed);
}

__attribute__((unused)) static bool holds(const void *p, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        if (((const unsigned char *)p)[i] != pattern(i, seed)) return false;
    return true;
}

// For blocks too long to fill: the first and the last bytes only.
__attribute__((unused)) static void mark(void *p, size_t n, uint64_t seed) {
    size_t k = n < 64 ? n : 64;
    fill(p, k, seed);
    fill((char *)p + n - k, k, seed);
}

__attribute__((unused)) static bool marked(const void *p, size_t n, uint64_t seed) {
    size_t k = n < 64 ? n : 64;
    return (n < 128 || holds(p, k, seed)) && holds((const char *)p + n - k, k, seed);
}

__attribute__((unused)) static bool all_zero(const void *p, size_t n) {
    const unsigned char *b = (const unsigned char *)p;
    return n == 0 || (b[0] == 0 && memcmp(b, b + 1, n - 1) == 0);
}

__attribute__((unused)) static bool aligned_to(const void *p, size_t a) { return ((uintptr_t)p & (a - 1)) == 0; }

__attribute__((unused)) static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

__attribute__((unused)) static void sleep_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&t, &t) && errno == EINTR) {}
}

// What a program that merely goes on allocating a little does in ten milliseconds.
__attribute__((unused)) static void go_on_a_little(void) {
    for (size_t i = 0; i < 2000; i++) {
        void *a = malloc(100), *b = malloc(1500), *c = malloc(30000);
        free(b);
        free(a);
        free(c);
    }
    sleep_ms(10);
}

__attribute__((unused)) static size_t rss_kib(void) {
    char text[200];
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (n <= 0) return 0;
    text[n] = 0;
    unsigned long total = 0, resident = 0;
    sscanf(text, "%lu %lu", &total, &resident);
    return resident * (PAGE / KIB);
}

__attribute__((unused)) static size_t maps_count(void) {
    char text[4096];
    size_t lines = 0;
    int fd = open("/proc/self/maps", O_RDONLY);
    CHECK(fd >= 0);
    for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;)
        for (ssize_t i = 0; i < n; i++) lines += text[i] == '\n';
    close(fd);
    return lines;
}

// Runs f(arg) in a child; returns the wait status. What the child writes to stderr is dropped.
__attribute__((unused)) static int in_child(void (*f)(void *), void *arg) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        int null = open("/dev/null", O_WRONLY);
        if (null >= 0) dup2(null, 2);
        f(arg);
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

#define DIED_BY(status, sig) (WIFSIGNALED(status) && WTERMSIG(status) == (sig))

__attribute__((unused)) static dam_stats_t stats(void) {
    dam_stats_t s;
    memset(&s, 0, sizeof s);
    CHECK(dam_get_stats);
    CHECK_EQ(dam_get_stats(&s, sizeof s), 0);
    return s;
}

__attribute__((unused)) static uint64_t violations(void) { return stats().violations; }

// Ends a test on a sound heap: no report so far and a full walk finds nothing. Does nothing without DAM.
__attribute__((unused)) static void check_sound(void) {
    if (dam_check_heap) CHECK_EQ(dam_check_heap(), 0);
    if (dam_get_stats) CHECK_EQ(violations(), 0);
}
#endif
