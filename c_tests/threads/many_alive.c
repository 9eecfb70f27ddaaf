// 256 threads alive at once, each holding blocks of every tier; they meet at barriers, check each other's blocks and free
// them for one another.
// modes: preload static local local-asan
#include "threads.h"

enum { THREADS = 256, EACH = 60 };
static unsigned char *block[THREADS][EACH];
static pthread_barrier_t barrier;

static size_t size_of(size_t t, size_t i) { return i == 0 ? 20000 + t * 100 : (t * 7 + i * 131) % 3000 + 1; }

static void *work(void *arg) {
    size_t t = (size_t)arg;
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; i < EACH; i++) {
            CHECK(block[t][i] = malloc(size_of(t, i)));
            mark(block[t][i], size_of(t, i), t);
        }
        pthread_barrier_wait(&barrier);
        if (t == 0 && dam_get_stats) CHECK_GE(stats().threads, THREADS);
        size_t other = (t + 1 + (size_t)round * 50) % THREADS;
        for (size_t i = 0; i < EACH; i++) {
            CHECK(marked(block[other][i], size_of(other, i), other));
            free(block[other][i]);
        }
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

int main(void) {
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    run_threads(THREADS, work);
    check_sound();
    return 0;
}
