// 128 threads allocate much, free it and fall asleep: their caches do not keep the memory from the rest of the process. Of
// the 2 MB that each had in use, its stocks may keep 12 KiB a class and the rest of a page.
// In the other profiles 64 KiB of freed blocks wait in each thread.
// holds: fast default
// modes: preload static
#include "threads.h"

enum { THREADS = 128, EACH = 4000, CLASSES = 40, STOCK = 12 + 4, STACK = 60 };
static pthread_barrier_t barrier;

static void *work(void *arg) {
    static __thread void *p[EACH];
    for (size_t i = 0; i < EACH; i++) memset(p[i] = malloc(i % 1000 + 1), 1, i % 1000 + 1);
    for (size_t i = 0; i < EACH; i++) free(p[i]);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return arg;
}

int main(void) {
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
    size_t before = rss_kib();
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++) t[i] = start(work, NULL);
    pthread_barrier_wait(&barrier);
    malloc_trim(0);
    size_t idle = rss_kib();
    CHECK_LE(idle, before + THREADS * (CLASSES * STOCK + STACK));
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < THREADS; i++) join(t[i]);
    malloc_trim(0);
    CHECK_LE(rss_kib(), before + 24 * KIB);  // pools without a block have no page left; records and descriptors stay
    check_sound();
    return 0;
}
