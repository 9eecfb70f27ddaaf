// Forks at any moment while other threads, and the forking one, keep stores of freed blocks: what lay in the stores of threads
// that are gone is counted as lost, nothing else is; the child's own store goes on; the heap is sound and the figures balance.
// Closed fast paths have no store.
// holds: fast default
// The sample of the frees would take a block now and then.
// options: sample_frees=0
// modes: preload static
// timeout: 120
#include "store.h"
#include "threads.h"

enum { N = STORE_SIZE, THREADS = 3, FORKS = 150 };
static atomic_bool stop;
static atomic_int full;

static void *hammer(void *arg) {
    uint64_t s = (size_t)arg + 1;
    while (!atomic_load(&stop)) {
        void *p[STORED];
        for (int i = 0; i < STORED; i++) CHECK(p[i] = malloc(N - rnd(&s) % 100));
        CHECK(p[0] = realloc(p[0], N));
        for (int i = 0; i < STORED; i++) free(p[i]);
    }
    return NULL;
}

// With its store full, and asleep. One free in 128 is none of the store's.
static void *holder(void *arg) {
    void *p[STORED + 1];
    be_busy(N);
    for (int i = 0; i <= STORED; i++) p[i] = malloc(N);
    for (int i = 0; i <= STORED; i++) free(p[i]);
    atomic_fetch_add(&full, 1);
    while (!atomic_load(&stop)) sleep_ms(1);
    return arg;
}

static void *in_child_thread(void *arg) {
    unsigned char *p[4 * STORED];
    for (size_t i = 0; i < 4 * STORED; i++) CHECK(p[i] = malloc(N)), mark(p[i], N, i);
    for (size_t i = 0; i < 4 * STORED; i++) CHECK(marked(p[i], N, i)), free(p[i]);
    return arg;
}

static int child(uint64_t lost_before, uint64_t least) {
    alarm(30);
    dam_stats_t s = stats();
    CHECK_EQ(dam_check_heap(), 0);
    CHECK_GE(s.leaked_by_fork, lost_before + least);
    CHECK_LE(s.leaked_by_fork, lost_before + least + 10000);
    CHECK_EQ(s.middle_allocations - s.middle_frees, s.middle_live);
    CHECK_LE(s.live_bytes, GIB);
    for (int i = 0; i < 3; i++) in_child_thread(NULL);
    for (int i = 0; i < 3; i++) join(start(in_child_thread, NULL));
    malloc_trim(0);
    CHECK_EQ(dam_check_heap(), 0);
    CHECK_EQ(stats().middle_live, s.middle_live);
    CHECK_EQ(violations(), 0);
    return 0;
}

static void fork_once(uint64_t least) {
    uint64_t lost = stats().leaked_by_fork;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) _exit(child(lost, least));
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
}

int main(void) {
    if (!dam_version) return 0;
    pthread_t t[THREADS];
    t[0] = start(holder, NULL);
    while (!atomic_load(&full)) sleep_ms(1);
    be_busy(N);
    fork_once(STORED);  // the one full store of another thread
    for (size_t i = 1; i < THREADS; i++) t[i] = start(hammer, (void *)i);
    for (int i = 0; i < FORKS; i++) fork_once(STORED);
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++) join(t[i]);
    check_sound();
    return 0;
}
