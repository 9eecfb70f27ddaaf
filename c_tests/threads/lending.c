// Threads that end while one size lends to another: the next thread, which inherits what they left, gets blocks that are
// large enough.
// modes: preload static
#include "threads.h"

enum { THREADS = 64, TINY = 60, MANY = 300, MOST = 200 };

static void *work(void *arg) {
    void *tiny[TINY], *larger[MANY], *lent[MOST];
    size_t few = MOST - (uintptr_t)arg % 8;  // the next thread comes in the midst of what was lent at once
    for (size_t i = 0; i < TINY; i++) tiny[i] = malloc(8);
    for (size_t i = 0; i < TINY; i++) free(tiny[i]);
    for (size_t size = 56; size < 2000; size += size / 4) {
        for (size_t i = 0; i < 3; i++) fill(lent[i] = malloc(size), size, i);
        for (size_t i = 0; i < 3; i++) {
            CHECK(holds(lent[i], size, i));
            free(lent[i]);
        }
        for (size_t i = 0; i < MANY; i++) larger[i] = malloc(size + 16);
        for (size_t i = 0; i < MANY; i++) free(larger[i]);
        for (size_t i = 0; i < few; i++) fill(lent[i] = malloc(size), size, i);
        for (size_t i = 0; i < few; i++) CHECK(holds(lent[i], size, i));
        // They stay: their size's own stock is empty when the thread ends.
    }
    return arg;
}

static uintptr_t distance(uintptr_t a, uintptr_t b) { return a < b ? b - a : a - b; }

enum { FEW = 9, LATER_THREADS = 22, SIZE = 500, LARGER = 560 };  // together less than a pool
static char *own, *larger[LATER_THREADS], *lent[LATER_THREADS][FEW];

// A few blocks of a size that a larger one can lend take no memory of their own.
static void *use_few(void *arg) {
    uintptr_t thread = (uintptr_t)arg;
    larger[thread] = malloc(LARGER);
    for (size_t i = 0; i < FEW; i++) {
        char *block = lent[thread][i] = malloc(SIZE);
        fill(block, SIZE, i);
        CHECK(distance((uintptr_t)block, (uintptr_t)larger[thread]) < distance((uintptr_t)block, (uintptr_t)own));
    }
    return arg;
}

// Each thread begins anew, although each takes over what the one before it had.
static void one_after_the_other(void) {
    own = malloc(SIZE);  // before any larger size is in use
    for (uintptr_t i = 0; i < LATER_THREADS; i++) join(start(use_few, (void *)i));
    for (size_t i = 0; i < LATER_THREADS; i++) {
        for (size_t j = 0; j < FEW; j++) {
            CHECK(holds(lent[i][j], SIZE, j));
            free(lent[i][j]);
        }
        free(larger[i]);
    }
    free(own);
}

int main(void) {
    one_after_the_other();
    for (uintptr_t i = 0; i < THREADS; i++) join(start(work, (void *)i));
    check_sound();
    return 0;
}
