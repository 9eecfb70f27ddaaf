// Threads that end by pthread_exit, by cancellation at a cancellation point with cleanup handlers that free, or detached:
// their blocks are usable and their caches come back.
// modes: preload static local
#include "threads.h"

static atomic_int ended, ready;

static void cleanup(void *p) {
    free(p);
    atomic_fetch_add(&ended, 1);
}

static void *cancelled(void *arg) {
    void *p = malloc(3000);
    pthread_cleanup_push(cleanup, p);
    atomic_fetch_add(&ready, 1);
    for (;;) {
        free(malloc(500));
        free(malloc(50000));
        pthread_testcancel();
    }
    pthread_cleanup_pop(1);
    return arg;
}

static void *exits(void *arg) {
    pthread_cleanup_push(cleanup, malloc(70));
    if (arg) pthread_exit(NULL);
    pthread_cleanup_pop(1);
    return NULL;
}

int main(void) {
    uint64_t live = 0;
    for (int i = 0; i < 300; i++) {
        if (i == 20 && dam_get_stats) live = stats().live_blocks;
        pthread_t t = start(cancelled, NULL);
        while (atomic_load(&ready) <= i) sleep_ms(0);
        CHECK_EQ(pthread_cancel(t), 0);
        CHECK(join(t) == PTHREAD_CANCELED);
        join(start(exits, (void *)1));
        t = start(exits, NULL);
        CHECK_EQ(pthread_detach(t), 0);
    }
    double end = now() + 20;
    while (atomic_load(&ended) < 900 && now() < end) sleep_ms(1);
    CHECK_EQ(atomic_load(&ended), 900);
    sleep_ms(100);
    if (dam_get_stats) CHECK_LE(stats().live_blocks, live + 32);
    check_sound();
    return 0;
}
