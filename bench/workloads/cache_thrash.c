// Active false sharing, in the manner of Berger's cache-thrash: threads that
// run side by side each take a small block, write to it many times and free
// it. An allocator that serves two threads from one cache line makes every
// write a contest. Argument: the number of threads. The process
// holds 6 MiB.
#define WRITES 1000
#include "false_sharing.h"

#define BLOCKS_IN_ALL 60000

int main(int argc, char **argv) {
    size_t workers = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    struct worker all[MOST] = {{0}};
    uint64_t sum = hold_state(6 << 10);
    if (workers < 1 || workers > MOST) return 2;
    for (size_t i = 0; i < workers; i++) all[i].blocks = BLOCKS_IN_ALL / workers;
    run_workers(all, workers);
    print_checksum(sum + sum_of(all, workers));
}
