// A walk finds every live block exactly once, with what it was asked for; its function may allocate, free and end it.
// modes: preload static local
#include "check.h"

enum { BLOCKS = 3000 };

static struct {
    void *p;
    size_t n;
    int seen;
} known[BLOCKS];

static int seek(const dam_block_t *block, void *context) {
    (void)context;
    CHECK_EQ(block->size, sizeof *block);
    CHECK(block->requested <= block->bytes && block->pool <= block->address);
    for (int i = 0; i < BLOCKS; i++)
        if ((uint64_t)(uintptr_t)known[i].p == block->address) {
            CHECK_EQ(block->requested, known[i].n);
            known[i].seen++;
        }
    return 0;
}

// Frees some that it has seen and makes others; the walk goes on.
static int meddle(const dam_block_t *block, void *context) {
    int *left = context;
    for (int i = 0; i < BLOCKS; i += 3)
        if ((uint64_t)(uintptr_t)known[i].p == block->address) free(known[i].p), known[i].p = malloc(known[i].n);
    return --*left == 0 ? 17 : 0;
}

int main(void) {
    if (!dam_version) return 0;
    for (int i = 0; i < BLOCKS; i++) {
        size_t n = (size_t)i * 37 % 2000 + 1;
        if (i % 50 == 0) n = 20000 + (size_t)i * 100;
        if (i % 1000 == 7) n = 9 * MIB + (size_t)i;
        CHECK(known[i].p = malloc(known[i].n = n));
    }
    // What waits in a stock or a store is not live.
    for (int i = 1; i < BLOCKS; i += 2) free(known[i].p), known[i].p = NULL;
    CHECK_EQ(dam_heap_walk(seek, NULL), 0);
    for (int i = 0; i < BLOCKS; i++) CHECK_EQ(known[i].seen, known[i].p != NULL);
    int left = 1000;
    CHECK_EQ(dam_heap_walk(meddle, &left), 17);
    CHECK_EQ(dam_heap_walk(NULL, NULL), EINVAL);
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
