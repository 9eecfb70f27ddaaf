// What other threads have on their stacks and in their variables is not lost, and what they had when they ended is. The
// report says that registers were not seen.
// talkative: yes
// modes: preload static
// expect: stderr contains "perhaps: 8 other threads ran, whose registers are not seen"
#include "check.h"
#include "forget.h"

#include <pthread.h>

enum { THREADS = 8, EACH = 100 };

static pthread_barrier_t made, done;
static _Thread_local void *volatile mine;

static void *work(void *context) {
    void *volatile here[EACH];
    for (int i = 0; i < EACH; i++) here[i] = malloc(50 + (size_t)i);
    mine = malloc(5000);
    pthread_barrier_wait(&made);
    pthread_barrier_wait(&done);
    for (int i = 0; i < EACH; i++) free(here[i]);
    free(mine);
    (void)context;
    return NULL;
}

__attribute__((noinline)) static void lose(void) {
    for (int i = 0; i < 10; i++) opaque(malloc(64));
}

int main(void) {
    if (!dam_version) return 0;
    pthread_t threads[THREADS];
    pthread_barrier_init(&made, NULL, THREADS + 1);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&threads[i], NULL, work, NULL), 0);
    pthread_barrier_wait(&made);
    lose();
    forget();
    dam_leaks_t leaks = {0};
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), 0);
    CHECK_EQ(leaks.other_threads, THREADS);
    CHECK_EQ(leaks.blocks, 10);
    CHECK_EQ(leaks.bytes, 640);
    CHECK_EQ(leaks.blocks_behind, 0);
    pthread_barrier_wait(&done);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}
