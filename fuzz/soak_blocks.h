/* The blocks of the soak test: what is in them, who has them, and the doors they come and go by. */
#ifndef SOAK_BLOCKS_H
#define SOAK_BLOCKS_H

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../include/dam.h"

enum { MAX_THREADS = 256, BLOCKS = 4096, SHELVES = 512, STACK = 256 << 10, FORKS = 2 };
#define LIVE_LIMIT ((size_t)512 << 20) /* requested bytes, all threads together */
#define PEAK_LIMIT ((long)2 << 20)     /* resident KiB */

/* --- the allocator's doors that no header declares --- */

static void *(*new_plain)(size_t), *(*new_array)(size_t);
static void *(*new_aligned)(size_t, size_t), *(*new_array_aligned)(size_t, size_t);
static void (*delete_sized)(void *, size_t), (*delete_array_sized)(void *, size_t);
static void (*delete_plain)(void *), (*delete_array)(void *);
static void (*delete_aligned)(void *, size_t), (*delete_array_aligned)(void *, size_t);
static void (*sized_free)(void *, size_t), (*sized_aligned_free)(void *, size_t, size_t);
static size_t (*check_heap)(void);
static int (*get_stats)(dam_stats_t *, size_t);

static void *symbol(const char *name) {
    void *address = dlsym(RTLD_DEFAULT, name);
    if (!address) {
        fprintf(stderr, "soak: %s is missing: is libdam.so preloaded?\n", name);
        exit(2);
    }
    return address;
}

static void find_symbols(void) {
    new_plain = symbol("_Znwm"), new_array = symbol("_Znam");
    new_aligned = symbol("_ZnwmSt11align_val_t");
    new_array_aligned = symbol("_ZnamSt11align_val_t");
    delete_plain = symbol("_ZdlPv"), delete_array = symbol("_ZdaPv");
    delete_sized = symbol("_ZdlPvm"), delete_array_sized = symbol("_ZdaPvm");
    delete_aligned = symbol("_ZdlPvSt11align_val_t");
    delete_array_aligned = symbol("_ZdaPvSt11align_val_t");
    sized_free = symbol("free_sized"), sized_aligned_free = symbol("free_aligned_sized");
    check_heap = symbol("dam_check_heap"), get_stats = symbol("dam_get_stats");
}

/* --- what is counted --- */

static atomic_ullong calls, own_allocations, own_frees, handed_over, forks, checks, trims, threads;
static atomic_ullong inconsistencies, bad_children, bad_stats;
static atomic_size_t live_bytes;
static atomic_bool stop;
static atomic_int forking;

/* A fault that makes going on pointless: say what and where, with the heap as it is. */
static void die(const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dprintf(1, "FAILED: %.*s\n0 passed, 1 failed\n", length, text);
    abort();
}

/* --- blocks --- */

enum door { C, NEW, NEW_ARRAY };

struct block {
    unsigned char *at;
    size_t size, align;
    uint64_t fill;
    enum door door;
};

struct worker {
    uint64_t random;
    size_t count, bytes;
    bool ebb;
    struct block blocks[BLOCKS];
};

static uint64_t next(struct worker *worker) { /* SplitMix64 */
    uint64_t z = worker->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(struct worker *worker, size_t limit) {
    return (size_t)((unsigned __int128)next(worker) * limit >> 64);
}

static uint64_t word(const struct block *block, size_t at) {
    return (block->fill ^ at) * 0x9e3779b97f4a7c15u;
}

/* Long blocks are looked at at both ends and once a page. */
static size_t step(const struct block *block, size_t at) {
    return block->size > 65536 && at >= 4096 && at + 8192 < block->size ? 4096 : 8;
}

static void fill(const struct block *block) {
    for (size_t at = 0; at < block->size; at += step(block, at)) {
        uint64_t value = word(block, at);
        memcpy(block->at + at, &value, block->size - at < 8 ? block->size - at : 8);
    }
}

static void verify(const struct block *block, size_t length, const char *when) {
    for (size_t at = 0; at < length; at += step(block, at)) {
        uint64_t value = word(block, at);
        if (memcmp(block->at + at, &value, length - at < 8 ? length - at : 8))
            die("%s: contents of %p (%zu bytes, align %zu, door %d) at %zu", when, block->at,
                block->size, block->align, block->door, at);
    }
}

static void verify_zero(const struct block *block) {
    static const char zero[8];
    for (size_t at = 0; at < block->size; at += step(block, at))
        if (memcmp(block->at + at, zero, block->size - at < 8 ? block->size - at : 8))
            die("calloc: %p of %zu bytes is not zero at %zu", block->at, block->size, at);
}

static void account(struct worker *worker, const struct block *block, bool more) {
    worker->bytes += more ? block->size : -block->size;
    atomic_fetch_add(&live_bytes, more ? block->size : -block->size);
}

/* Checks a new block and makes it the worker's. */
static void keep(struct worker *worker, struct block block) {
    if (!block.at) die("no memory for %zu bytes, align %zu: %s", block.size, block.align, strerror(errno));
    if ((uintptr_t)block.at % (block.align > 16 ? block.align : 16))
        die("%p is not aligned to %zu", block.at, block.align);
    if (malloc_usable_size(block.at) != block.size)
        die("%p: %zu usable bytes of %zu", block.at, malloc_usable_size(block.at), block.size);
    account(worker, &block, true);
    worker->blocks[worker->count++] = block;
}

static struct block take_out(struct worker *worker, size_t nth) {
    struct block block = worker->blocks[nth];
    worker->blocks[nth] = worker->blocks[--worker->count];
    account(worker, &block, false);
    return block;
}

#endif
