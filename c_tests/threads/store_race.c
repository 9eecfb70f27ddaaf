// Two threads that both keep a store free the same block at the same moment: one has it then, the other is told so, each time.
// Closed fast paths have no store.
// holds: fast default
// violation: double-free
// modes: preload static
#include "misuse.h"
#include "store.h"
#include "threads.h"

enum { ROUNDS = 300, N = STORE_SIZE };
static void *volatile victim;
static pthread_barrier_t barrier;
static atomic_long reused;

static void *racer(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        for (int k = 0; k < 1000; k++) free(opaque(malloc(N)));
        pthread_barrier_wait(&barrier);
        free(victim);
        pthread_barrier_wait(&barrier);
        void *p[STORED];
        for (int k = 0; k < STORED; k++) CHECK(p[k] = malloc(N)), mark(p[k], N, (size_t)arg);
        for (int k = 0; k < STORED; k++) {
            if (p[k] == victim) atomic_fetch_add(&reused, 1);
            CHECK(marked(p[k], N, (size_t)arg));
            free(p[k]);
        }
    }
    return NULL;
}

int main(void) {
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, 3), 0);
    uint64_t live = stats().middle_live;
    pthread_t a = start(racer, (void *)1), b = start(racer, (void *)2);
    for (int i = 0; i < ROUNDS; i++) {
        victim = malloc(N);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    join(a), join(b);
    CHECK_EQ(violations(), ROUNDS);
    CHECK_EQ(atomic_load(&reused), 0);
    CHECK_EQ(stats().middle_live, live);
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
