// A compiler or a batch job: each phase builds a structure of its own sizes,
// keeps a random tenth of it for good, gives the rest back and goes on to the
// next. Fragmentation shows in peak memory.
#include "work.h"

#define PHASES 5
#define NODES 400000

struct node {
    struct node *next;
    size_t size;
    uint64_t tag;
};

static struct node *build(uint64_t *random, size_t low, size_t high) {
    struct node *list = NULL;
    for (size_t i = 0; i < NODES; i++) {
        size_t size = sizeof(struct node) + pareto_size(random, low, high);
        struct node *node = new_block(size, 0);
        *node = (struct node){list, size, i};
        list = node;
    }
    return list;
}

// Moves a tenth of `list` to `kept`, frees the rest.
static uint64_t thin_out(uint64_t *random, struct node *list, struct node **kept) {
    uint64_t sum = 0;
    while (list) {
        struct node *next = list->next;
        sum += list->tag;
        if (between(random, 0, 9) == 0) {
            list->next = *kept;
            *kept = list;
        } else {
            free(list);
        }
        list = next;
    }
    return sum;
}

int main(void) {
    uint64_t random = seed_of(9), sum = 0;
    struct node *kept = NULL;
    for (size_t phase = 0; phase < PHASES; phase++) {
        size_t low = 8 + 24 * phase;
        sum += thin_out(&random, build(&random, low, low * 12), &kept);
    }
    for (struct node *next; kept; kept = next) {
        next = kept->next;
        sum += kept->tag * 7 + kept->size;
        free(kept);
    }
    print_checksum(sum);
}
