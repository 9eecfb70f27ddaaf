// A recursive-descent parser or a call tree with blocks of its own: blocks
// (16..160 bytes) die in the reverse order of their birth, on a stack that
// deepens and empties in spurts, up to 4,000 deep, in a process of 6 MiB.
#include "churn.h"

#define DEEPEST 4000
#define SPURTS 800000

// One spurt down or up; the stack's depth after it.
static size_t spurt(uint64_t *random, struct churn_slot *stack, size_t depth, uint64_t *sum) {
    size_t steps = between(random, 1, 60);
    if (next_random(random) >> 63) {
        for (; steps && depth < DEEPEST; steps--, depth++) {
            stack[depth].size = between(random, 16, 160);
            stack[depth].block = new_block(stack[depth].size, depth);
        }
    } else {
        for (; steps && depth; steps--) {
            depth--;
            *sum += end_block(stack[depth].block, stack[depth].size);
        }
    }
    return depth;
}

int main(void) {
    static struct churn_slot stack[DEEPEST];
    uint64_t random = seed_of(20), sum = hold_state(6 << 10);
    size_t depth = 0;
    for (int i = 0; i < SPURTS; i++) depth = spurt(&random, stack, depth, &sum);
    while (depth--) sum += end_block(stack[depth].block, stack[depth].size);
    print_checksum(sum);
}
