// A thread per request: 20,000 threads, four at a time, each with some forty
// blocks, one of which is its answer and freed by the thread that waited. The
// process has a state of its own beside them: 60,000 blocks.
#include "churn.h"
#include <pthread.h>

#define THREADS 20000
#define AT_ONCE 4
#define BLOCKS 40
#define ANSWER 200
#define STATE 60000

static void *handle_request(void *argument) {
    uint64_t random = seed_of((uintptr_t)argument), sum = 0;
    void *blocks[BLOCKS];
    size_t sizes[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        sizes[i] = pareto_size(&random, 16, 4096);
        blocks[i] = new_block(sizes[i], i);
    }
    for (size_t i = 0; i < BLOCKS; i++) sum += end_block(blocks[i], sizes[i]);
    return new_block(ANSWER, sum);
}

static uint64_t change_state(uint64_t *random, struct churn_slot *state) {
    uint64_t sum = 0;
    for (size_t i = 0; i < STATE; i++) {
        if (state[i].block) sum += end_block(state[i].block, state[i].size);
        state[i].size = pareto_size(random, 24, 2048);
        state[i].block = new_block(state[i].size, i);
    }
    return sum;
}

int main(void) {
    static struct churn_slot state[STATE];
    uint64_t random = seed_of(7), sum = change_state(&random, state);
    pthread_t threads[AT_ONCE];
    for (uintptr_t first = 0; first < THREADS; first += AT_ONCE) {
        for (uintptr_t i = 0; i < AT_ONCE; i++)
            if (pthread_create(&threads[i], NULL, handle_request, (void *)(first + i))) abort();
        for (size_t i = 0; i < AT_ONCE; i++) {
            void *answer;
            pthread_join(threads[i], &answer);
            sum += end_block(answer, ANSWER);
        }
    }
    print_checksum(sum + change_state(&random, state));
}
