// Passive false sharing, in the manner of Berger's cache-scratch: one thread
// makes small neighbouring blocks and hands one to each worker, which frees it
// and goes on with blocks of its own. An allocator that gives a worker its
// neighbours' cache line again makes every write of the workers a contest.
// Argument: the number of workers. The process holds 6 MiB.
#define WRITES 15000
#include "false_sharing.h"

#define ROUNDS 20
#define BLOCKS_IN_ALL 200

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
        run_workers(all, workers);
    }
    print_checksum(sum + sum_of(all, workers));
}
