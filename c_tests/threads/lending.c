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

int main(void) {
    for (uintptr_t i = 0; i < THREADS; i++) join(start(work, (void *)i));
    check_sound();
    return 0;
}
