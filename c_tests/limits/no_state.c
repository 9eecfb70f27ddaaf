// Memory has run out, and many threads that have never allocated each free a block at the same moment: there is no memory for
// what the allocator keeps per thread, and every block is given back all the same.
// In paranoid the process is told, as it should be, that there are no more mappings.
// holds: fast default hardened
// modes: preload static
// timeout: 120
#include "again.h"
#include "exhaust.h"
#include "threads.h"

enum { THREADS = 40 };
static const size_t sizes[] = {1 * MIB, 300, 20000, 9 * MIB};
static unsigned char *block[4][THREADS];
static pthread_barrier_t barrier;

static void *free_one_each(void *arg) {
    size_t i = (size_t)arg;
    pthread_barrier_wait(&barrier);  // started, while there is memory
    pthread_barrier_wait(&barrier);  // memory is used up
    for (int k = 0; k < 4; k++) {
        if (!marked(block[k][i], sizes[k], i)) return "damaged";
        free(block[k][i]);
    }
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);  // counted
    return NULL;
}

static int run(void) {
    for (size_t i = 0; i < THREADS; i++)
        for (int k = 0; k < 4; k++) {
            CHECK(block[k][i] = malloc(sizes[k]));
            mark(block[k][i], sizes[k], i);
        }
    pthread_t t[THREADS];
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, THREADS + 1), 0);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 * KIB);
    for (size_t i = 0; i < THREADS; i++) CHECK_EQ(pthread_create(&t[i], &small, free_one_each, (void *)i), 0);
    pthread_barrier_wait(&barrier);
    struct link *lists[4] = {0};
    const size_t rest[] = {10 * MIB, 100000, 3000, 16};
    size_t count[4];
    for (int k = 0; k < 4; k++) count[k] = take_all(&lists[k], rest[k], SIZE_MAX);
    uint64_t live = stats().live_blocks, threads = stats().threads;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    CHECK_EQ(live - stats().live_blocks, 4 * THREADS);
    CHECK_LE(stats().threads, threads + THREADS);
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < THREADS; i++) CHECK(join(t[i]) == NULL);
    size_t again = 0;
    while (again < 40 && (block[0][again] = malloc(1 * MIB))) mark(block[0][again], MIB, again), again++;
    CHECK_EQ(again, 40);
    while (again--) CHECK(marked(block[0][again], MIB, again)), free(block[0][again]);
    for (int k = 0; k < 4; k++) give_all(lists[k], rest[k], count[k]);
    check_sound();
    return 0;
}

static void limit(void *resource) {
    struct rlimit r = {1 * GIB, 1 * GIB};
    if (setrlimit((int)(size_t)resource, &r)) _exit(96);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) return run();
    CHECK_EQ(again("data", limit, (void *)RLIMIT_DATA), 0);
    CHECK_EQ(again("addresses", limit, (void *)RLIMIT_AS), 0);
    return 0;
}
