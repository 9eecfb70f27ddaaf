// A server in the manner of larson: each lane keeps a table of live blocks
// (8..1000 bytes) and a thread that replaces random ones. A thread ends after
// its share of requests and its successor inherits the table, so most blocks
// outlive the thread that made them and are freed by another.
// Argument: the number of lanes that run at once.
#include "work.h"
#include <pthread.h>
#include <semaphore.h>

#define BLOCKS_IN_ALL 20000
#define REQUESTS_IN_ALL 24000000
#define GENERATIONS 20

struct lane {
    void **blocks;
    uint16_t *sizes;
    size_t count, requests;
    uint64_t random, sum;
    int generations;
};

static sem_t lane_done;

static void start_thread(struct lane *lane);

static void *serve(void *argument) {
    struct lane *lane = argument;
    for (size_t request = 0; request < lane->requests; request++) {
        size_t at = between(&lane->random, 0, lane->count - 1);
        if (lane->blocks[at]) lane->sum += end_block(lane->blocks[at], lane->sizes[at]);
        lane->sizes[at] = (uint16_t)between(&lane->random, 8, 1000);
        lane->blocks[at] = new_block(lane->sizes[at], request);
    }
    if (--lane->generations) start_thread(lane);
    else sem_post(&lane_done);
    return NULL;
}

static void start_thread(struct lane *lane) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, lane)) abort();
    pthread_detach(thread);
}

static void open_lane(struct lane *lane, size_t number, size_t lanes) {
    lane->count = BLOCKS_IN_ALL / lanes;
    lane->requests = REQUESTS_IN_ALL / lanes / GENERATIONS;
    lane->blocks = checked(calloc(lane->count, sizeof *lane->blocks));
    lane->sizes = checked(calloc(lane->count, sizeof *lane->sizes));
    lane->random = seed_of(number);
    lane->generations = GENERATIONS;
    start_thread(lane);
}

static uint64_t close_lane(struct lane *lane) {
    uint64_t sum = lane->sum;
    for (size_t i = 0; i < lane->count; i++)
        if (lane->blocks[i]) sum += end_block(lane->blocks[i], lane->sizes[i]);
    free(lane->blocks);
    free(lane->sizes);
    return sum;
}

int main(int argc, char **argv) {
    size_t lanes = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    uint64_t sum = 0;
    struct lane *all = checked(calloc(lanes, sizeof *all));
    sem_init(&lane_done, 0, 0);
    for (size_t i = 0; i < lanes; i++) open_lane(&all[i], i, lanes);
    for (size_t i = 0; i < lanes; i++) sem_wait(&lane_done);
    for (size_t i = 0; i < lanes; i++) sum += close_lane(&all[i]);
    free(all);
    print_checksum(sum);
}
