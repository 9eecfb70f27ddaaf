// Active false sharing, in the manner of Berger's cache-thrash: threads that
// run side by side each take a small block, write to it many times and free
// it. An allocator that serves two threads from one cache line makes every
// write a contest. Argument: the number of threads. The process
// holds 6 MiB.
#include "work.h"
#include <pthread.h>

#define SIZE 8
#define BLOCKS_IN_ALL 60000
#define WRITES 1000
#define MOST 16

struct worker {
    pthread_t thread;
    size_t blocks;
    uint64_t sum;
};

// Counts in the block as a reference count does: an atomic increment needs the
// cache line each time, where plain stores would gather in the store buffer.
static uint64_t use(uint64_t *block) {
    *block = 0;
    for (int write = 0; write < WRITES; write++) __atomic_fetch_add(block, 1, __ATOMIC_RELAXED);
    return *block;
}

static void *work(void *argument) {
    struct worker *self = argument;
    for (size_t i = 0; i < self->blocks; i++) {
        uint64_t *block = checked(malloc(SIZE));
        self->sum += use(block);
        free(block);
    }
    return NULL;
}

int main(int argc, char **argv) {
    size_t workers = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    struct worker all[MOST] = {{0}};
    uint64_t sum = hold_state(6 << 10);
    if (workers < 1 || workers > MOST) return 2;
    for (size_t i = 0; i < workers; i++) {
        all[i].blocks = BLOCKS_IN_ALL / workers;
        if (pthread_create(&all[i].thread, NULL, work, &all[i])) abort();
    }
    for (size_t i = 0; i < workers; i++) pthread_join(all[i].thread, NULL);
    for (size_t i = 0; i < workers; i++) sum += all[i].sum;
    print_checksum(sum);
}
