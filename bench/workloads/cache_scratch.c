// Passive false sharing, in the manner of Berger's cache-scratch: one thread
// makes small neighbouring blocks and hands one to each worker, which frees it
// and goes on with blocks of its own. An allocator that gives a worker its
// neighbours' cache line again makes every write of the workers a contest.
// Argument: the number of workers. The process holds 6 MiB.
#include "work.h"
#include <pthread.h>

#define SIZE 8
#define ROUNDS 20
#define BLOCKS_IN_ALL 200
#define WRITES 15000
#define MOST 16

struct worker {
    pthread_t thread;
    unsigned char *given;
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
    self->sum += self->given[0];
    free(self->given);
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
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < workers; i++) {
            all[i].blocks = BLOCKS_IN_ALL / workers;
            all[i].given = checked(malloc(SIZE));
            all[i].given[0] = (unsigned char)(round + i);
        }
        for (size_t i = 0; i < workers; i++)
            if (pthread_create(&all[i].thread, NULL, work, &all[i])) abort();
        for (size_t i = 0; i < workers; i++) pthread_join(all[i].thread, NULL);
    }
    for (size_t i = 0; i < workers; i++) sum += all[i].sum;
    print_checksum(sum);
}
