// A parser and a mail queue: blocks that die in reverse order of birth
// (recursive descent, 50..2,000 deep) and blocks that die in the order of
// their birth (a queue of 20,000 jobs).
#include "churn.h"

#define DEEPEST 2000
#define QUEUE 20000

static uint64_t parse_once(uint64_t *random, struct churn_slot *stack) {
    uint64_t sum = 0;
    size_t depth = between(random, 50, DEEPEST);
    for (size_t i = 0; i < depth; i++) {
        stack[i].size = between(random, 16, 160);
        stack[i].block = new_block(stack[i].size, i);
    }
    while (depth--) sum += end_block(stack[depth].block, stack[depth].size);
    return sum;
}

static uint64_t pass_jobs(uint64_t *random, struct churn_slot *ring, size_t jobs) {
    uint64_t sum = 0;
    for (size_t job = 0; job < jobs; job++) {
        struct churn_slot *slot = &ring[job % QUEUE];
        if (slot->block) sum += end_block(slot->block, slot->size);
        slot->size = between(random, 32, 1024);
        slot->block = new_block(slot->size, job);
    }
    return sum;
}

int main(void) {
    static struct churn_slot stack[DEEPEST], ring[QUEUE];
    uint64_t random = seed_of(5), sum = 0;
    for (int round = 0; round < 15000; round++) sum += parse_once(&random, stack);
    sum += pass_jobs(&random, ring, 10000000);
    for (size_t i = 0; i < QUEUE; i++) sum += end_block(ring[i].block, ring[i].size);
    print_checksum(sum);
}
