// What the false-sharing pair shares: workers that take a small block, write to
// it many times and free it. The includer says how many WRITES each block gets.
#ifndef DAM_BENCH_FALSE_SHARING_H
#define DAM_BENCH_FALSE_SHARING_H

#include "work.h"
#include <pthread.h>

#define SIZE 8
#define MOST 16

struct worker {
    pthread_t thread;
    unsigned char *given; // a block that another thread made, or NULL
    size_t blocks;
    uint64_t sum;
};

// Counts in the block as a reference count does: an atomic increment needs the
// cache line each time, where plain stores would gather in the store buffer.
static inline uint64_t use(uint64_t *block) {
    *block = 0;
    for (int write = 0; write < WRITES; write++) __atomic_fetch_add(block, 1, __ATOMIC_RELAXED);
    return *block;
}

static void *work(void *argument) {
    struct worker *self = argument;
    if (self->given) self->sum += self->given[0];
    free(self->given);
    for (size_t i = 0; i < self->blocks; i++) {
        uint64_t *block = checked(malloc(SIZE));
        self->sum += use(block);
        free(block);
    }
    return NULL;
}

static inline void run_workers(struct worker *all, size_t workers) {
    for (size_t i = 0; i < workers; i++)
        if (pthread_create(&all[i].thread, NULL, work, &all[i])) abort();
    for (size_t i = 0; i < workers; i++) pthread_join(all[i].thread, NULL);
}

static inline uint64_t sum_of(const struct worker *all, size_t workers) {
    uint64_t sum = 0;
    for (size_t i = 0; i < workers; i++) sum += all[i].sum;
    return sum;
}

#endif
