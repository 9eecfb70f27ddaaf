// Blocks outlive the thread that made them: main checks and frees what ended threads left, threads free what main made.
// modes: preload static local local-asan local-tsan
#include "threads.h"

enum { THREADS = 64, EACH = 100 };
static unsigned char *left[THREADS][EACH];

static size_t size_of(size_t t, size_t i) { return i == 7 ? 9000000 : i % 20 == 3 ? 50000 : (t * 31 + i * 17) % 4000 + 1; }

static void *make(void *arg) {
    size_t t = (size_t)arg;
    for (size_t i = 0; i < EACH; i++) {
        CHECK(left[t][i] = malloc(size_of(t, i)));
        mark(left[t][i], size_of(t, i), t + i);
    }
    return NULL;
}

static void *take(void *arg) {
    size_t t = (size_t)arg;
    for (size_t i = 0; i < EACH; i++) {
        CHECK(marked(left[t][i], size_of(t, i), t + i));
        if (i % 3 == 0) {
            left[t][i] = realloc(left[t][i], size_of(t, i) + 5000);
            CHECK(left[t][i]);
        }
        free(left[t][i]);
    }
    return NULL;
}

int main(void) {
    for (int round = 0; round < 5; round++) {
        run_threads(THREADS, make);
        if (dam_check_heap) CHECK_EQ(dam_check_heap(), 0);
        for (size_t t = 0; t < THREADS; t++) take((void *)t);
        for (size_t t = 0; t < THREADS; t++) make((void *)t);
        run_threads(THREADS, take);
    }
    check_sound();
    return 0;
}
