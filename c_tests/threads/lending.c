// Threads that end while one size lends to another: the next thread, which inherits what they left, gets blocks that are
// large enough.
// modes: preload static
#include "threads.h"

enum { THREADS = 200, TINY = 60, MANY = 300, FEW = 3 };

static void *work(void *arg) {
    void *tiny[TINY], *larger[MANY], *lent[FEW];
    for (size_t i = 0; i < TINY; i++) tiny[i] = malloc(8);
    for (size_t i = 0; i < TINY; i++) free(tiny[i]);
    for (size_t size = 56; size < 2000; size += size / 4) {
        for (size_t i = 0; i < FEW; i++) fill(lent[i] = malloc(size), size, i);
        for (size_t i = 0; i < FEW; i++) {
            CHECK(holds(lent[i], size, i));
            free(lent[i]);
        }
        for (size_t i = 0; i < MANY; i++) larger[i] = malloc(size + 16);
        for (size_t i = 0; i < MANY; i++) free(larger[i]);
        for (size_t i = 0; i < FEW; i++) fill(lent[i] = malloc(size), size, i);
        for (size_t i = 0; i < FEW; i++) CHECK(holds(lent[i], size, i));
        // They stay: their size's own stock is empty when the thread ends.
    }
    return arg;
}

int main(void) {
    for (size_t i = 0; i < THREADS; i++) join(start(work, NULL));
    check_sound();
    return 0;
}
