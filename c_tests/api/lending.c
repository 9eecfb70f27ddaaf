// A size whose own slots are all in use takes those that a slightly larger size has left, instead of more memory; each
// block is as large, aligned and guarded as ever.
// Where slots are drawn by lot, no class borrows for as long as here.
// holds: fast default
// modes: preload static
#include "check.h"

enum { COUNT = 20000, FEW = COUNT / 100, MOST = COUNT * 3 / 4 };
static char *larger[COUNT], *smaller[COUNT];
static char *low, *high;

// Allocates smaller blocks; how many of them lie among the larger ones.
static size_t count_lent(size_t count) {
    size_t lent = 0;
    for (size_t i = 0; i < count; i++) {
        fill(smaller[i] = malloc(56), 56, i);
        lent += low <= smaller[i] && smaller[i] <= high;
        CHECK_EQ((uintptr_t)smaller[i] % 16, 0);
        CHECK_EQ(malloc_usable_size(smaller[i]), 56);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(holds(smaller[i], 56, i));
        free(smaller[i]);
    }
    return lent;
}

int main(void) {
    for (size_t i = 0; i < COUNT; i++) {
        fill(larger[i] = malloc(72), 72, i);
        if (!low || larger[i] < low) low = larger[i];
        if (larger[i] > high) high = larger[i];
    }
    // What a size will soon need itself it does not lend: it would have to grow in its turn. (The first few blocks of
    // a size are another matter: for them it takes no memory of its own.)
    count_lent(FEW);
    for (size_t i = 0; i < FEW; i++) free(larger[i]);
    CHECK_EQ(count_lent(4 * FEW), 0);
    for (size_t i = FEW; i < COUNT; i++) {
        CHECK(holds(larger[i], 72, i));
        free(larger[i]);
    }
    CHECK_GE(count_lent(COUNT), MOST);
    check_sound();
    return 0;
}
