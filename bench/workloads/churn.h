// The loop of the churn workloads: a table of `live` blocks, of which a random
// one is replaced at each step. The includer says what sizes are asked for.
#ifndef DAM_BENCH_CHURN_H
#define DAM_BENCH_CHURN_H

#include "work.h"

struct churn_slot {
    void *block;
    size_t size;
};

static inline uint64_t churn(size_t live, size_t steps, size_t (*next_size)(uint64_t *)) {
    uint64_t random = seed_of(live), sum = 0;
    struct churn_slot *table = checked(calloc(live, sizeof *table));
    for (size_t step = 0; step < steps; step++) {
        struct churn_slot *slot = &table[between(&random, 0, live - 1)];
        if (slot->block) sum += end_block(slot->block, slot->size);
        slot->size = next_size(&random);
        slot->block = new_block(slot->size, step);
    }
    for (size_t i = 0; i < live; i++)
        if (table[i].block) sum += end_block(table[i].block, table[i].size);
    free(table);
    return sum;
}

#endif
