// A size whose own slots are all in use takes those that a slightly larger size has left, instead of more memory; each
// block is as large, aligned and guarded as ever.
// modes: preload static
#include "check.h"

enum { COUNT = 20000, LENT = COUNT * 3 / 4 };
static char *block[COUNT];

int main(void) {
    char *low = NULL, *high = NULL;
    for (size_t i = 0; i < COUNT; i++) {
        fill(block[i] = malloc(72), 72, i);
        if (!low || block[i] < low) low = block[i];
        if (block[i] > high) high = block[i];
    }
    for (size_t i = 0; i < COUNT; i++) free(block[i]);
    size_t lent = 0;
    for (size_t i = 0; i < COUNT; i++) {
        fill(block[i] = malloc(56), 56, i);
        lent += low <= block[i] && block[i] <= high;
        CHECK_EQ((uintptr_t)block[i] % 16, 0);
        CHECK_EQ(malloc_usable_size(block[i]), 56);
    }
    CHECK_GE(lent, LENT);
    // Where nothing lies idle nothing is lent: the larger size would have to grow in its turn.
    static char *more[COUNT];
    for (size_t i = 0; i < COUNT; i++) fill(more[i] = malloc(72), 72, i);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(holds(block[i], 56, i) && holds(more[i], 72, i));
        free(block[i]);
        free(more[i]);
    }
    check_sound();
    return 0;
}
