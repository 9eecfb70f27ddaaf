// A cache or an in-memory index: 500,000 blocks of 16..400 bytes alive, most
// of them for long, a few only for a moment (a third of the steps replace a
// block among the youngest 512, the others any block).
#include "churn.h"

#define LIVE 500000
#define STEPS 5000000
#define YOUNG 512

static void replace(struct churn_slot *slot, uint64_t *random, uint64_t *sum, uint64_t tag) {
    *sum += end_block(slot->block, slot->size);
    slot->size = pareto_size(random, 24, 400);
    slot->block = new_block(slot->size, tag);
}

int main(void) {
    static struct churn_slot table[LIVE];
    uint64_t random = seed_of(4), sum = 0;
    for (size_t i = 0; i < LIVE; i++) {
        table[i].size = pareto_size(&random, 24, 400);
        table[i].block = new_block(table[i].size, i);
    }
    for (size_t step = 0; step < STEPS; step++) {
        int is_young = between(&random, 0, 2) == 0;
        size_t at = is_young ? LIVE - YOUNG + between(&random, 0, YOUNG - 1)
                             : between(&random, 0, LIVE - 1);
        replace(&table[at], &random, &sum, step);
    }
    for (size_t i = 0; i < LIVE; i++) sum += end_block(table[i].block, table[i].size);
    print_checksum(sum);
}
