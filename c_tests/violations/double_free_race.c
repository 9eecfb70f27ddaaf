// Two threads free the same block at the same moment, a thousand times over: one free counts, and no address is ever handed
// out twice. The other free is reported at once, or when the place comes back to its pool twice; where that pool is out of use
// by then, or the place is met again in a stock, it is dropped without a word.
// violation: double-free
// modes: preload static
#include "misuse.h"
#include "threads.h"

enum { ROUNDS = 1000, MANY = 20000 };
static void *volatile victim;
static pthread_barrier_t barrier;

static void *racer(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&barrier);
        free(victim);
        pthread_barrier_wait(&barrier);
    }
    return arg;
}

static int by_address(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

int main(void) {
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, 3), 0);
    pthread_t a = start(racer, NULL), b = start(racer, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        victim = malloc(i % 2 ? 64 : 200);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    join(a), join(b);
    static void *p[MANY];
    for (size_t n = 64; n <= 200; n += 136) {
        for (size_t i = 0; i < MANY; i++) CHECK(p[i] = malloc(n));
        qsort(p, MANY, sizeof *p, by_address);
        for (size_t i = 1; i < MANY; i++) CHECK((char *)p[i - 1] + n <= (char *)p[i]);
        for (size_t i = 0; i < MANY; i++) free(p[i]);
    }
    CHECK_LE(violations(), ROUNDS);
    CHECK_GE(violations(), ROUNDS * 9 / 10);
    live_a_little();
    return 0;
}
