// A long-running program whose blocks reach every age: at its birth each block
// (16..2,000 bytes) is given a lifetime between 1 and 1,000,000 steps, every
// octave equally likely, so that most die young and some stay for the whole run.
#include "work.h"

#define OCTAVES 20
#define HORIZON (1u << OCTAVES)
#define STEPS 10000000

struct item {
    struct item *next;
    uint64_t size;
};

// What dies at each of the next steps.
static struct item *calendar[HORIZON];

static uint64_t end_all(struct item **day) {
    uint64_t sum = 0;
    for (struct item *item = *day, *next; item; item = next) {
        next = item->next;
        sum += item->size * 3 + ((unsigned char *)item)[item->size - 1];
        free(item);
    }
    *day = NULL;
    return sum;
}

int main(void) {
    uint64_t random = seed_of(22), sum = 0;
    for (size_t step = 0; step < STEPS; step++) {
        sum += end_all(&calendar[step % HORIZON]);
        size_t size = sizeof(struct item) + pareto_size(&random, 8, 2000);
        struct item *item = new_block(size, step);
        struct item **day = &calendar[(step + octave_size(&random, 1, OCTAVES)) % HORIZON];
        ((unsigned char *)item)[size - 1] = (unsigned char)step;
        item->next = *day;
        item->size = size;
        *day = item;
    }
    for (size_t day = 0; day < HORIZON; day++) sum += end_all(&calendar[day]);
    print_checksum(sum);
}
