// What the scaling programs share. Each runs one point x of a curve, its last argument, in a process of its own and prints
//   figure <curve> <y>           y: nanoseconds per operation, unless the program says otherwise
//   figure <curve>@<x> <y>       one that measures several points in one run
//   checksum <number>            of work that is the same on every allocator, however often it was repeated meanwhile
//   skip <reason>                instead: the point cannot be measured here
// Repeated work is checked as it goes along (`expect`). The programs' own tables come from mmap: they must not move the
// heap that is measured.
#ifndef DAM_BENCH_SCALING_H
#define DAM_BENCH_SCALING_H

#include "../workloads/work.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t nanos(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// Processor time of all threads, an allocator's own ones included: other load on the machine hardly changes it.
static inline uint64_t processor_ns(void) {
    return nanos(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void figure(const char *curve, double y) {
    printf("figure %s %.3f\n", curve, y);
}

// What the block at a place in a table holds, whenever it was made.
static inline uint64_t tag_of(size_t at) {
    return (at + 1) * 0x9E3779B97F4A7C15u;
}

// What a block still has to hold.
static inline void expect(uint64_t found, uint64_t expected) {
    if (found == expected) return;
    fprintf(stderr, "a block holds %llx instead of %llx\n", (unsigned long long)found, (unsigned long long)expected);
    abort();
}

static inline void *table(size_t bytes) {
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return checked(at == MAP_FAILED ? NULL : at);
}

// Nanoseconds per operation of `work`, which does `n` of them: in batches that double until one takes `budget_ms`.
// That one counts, those before have warmed up. A single operation may take longer, and then runs twice.
static inline double cost(void (*work)(void *state, size_t n), void *state, double budget_ms) {
    for (size_t n = 1, runs = 0;; runs++) {
        uint64_t start = processor_ns();
        work(state, n);
        double spent = (double)(processor_ns() - start);
        if (spent >= budget_ms * 1e6 && runs > 0) return spent / (double)n;
        if (spent < budget_ms * 1e6) n *= 2;
    }
}

// A figure in /proc without malloc, the number behind `name`; 0 if there is none.
static inline size_t proc_number(const char *file, const char *name) {
    char text[4096];
    int from = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t length = from < 0 ? -1 : read(from, text, sizeof text - 1);
    if (from >= 0) close(from);
    if (length <= 0) return 0;
    text[length] = 0;
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

// The first argument of a program as a number.
static inline size_t number(const char *text) {
    char *end;
    size_t value = strtoull(text, &end, 10);
    if (*text == 0 || *end != 0) {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return value;
}

#endif
