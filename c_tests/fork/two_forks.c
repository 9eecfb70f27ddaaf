// Two threads fork at the same time while others allocate, and another library's fork handler takes its time: while a fork is
// under way no other thread gets into the allocator. Not even when the second fork comes from a signal handler that
// interrupted a call of the allocator and cannot have it to itself.
// modes: plain
// timeout: 240
#include "threads.h"

#include <dlfcn.h>

enum { TICKERS = 2, FORKS = 100, UNUSUAL = 10 };
static void *(*get)(size_t);
static void (*give)(void *);
static size_t (*check_heap)(void);
static int (*walk)(int (*)(const dam_block_t *, void *), void *);
static atomic_ulong ticks;
static atomic_bool stop, answered, inside, forked;
static __thread bool in_handler;
static void (*_Atomic trouble)(void);  // what main's next fork meets

static void *tick(void *arg) {
    while (!atomic_load(&stop)) {
        unsigned char *p = get(300000);  // too long for a store: never without a lock
        CHECK(p);
        mark(p, 300000, 1);
        atomic_fetch_add(&ticks, 1);
        CHECK(marked(p, 300000, 1));
        give(p);
    }
    return arg;
}

static void fork_once(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(30);
        for (size_t n = 1; n < 20 * MIB; n = n * 3 + 1) give(get(n));
        _exit(check_heap() != 0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
}

static void *fork_often(void *arg) {
    for (int i = 0; i < FORKS; i++) fork_once();
    return arg;
}

// Before and after the fork itself, between the allocator's own handlers. Each ticker may have been about to count.
static void watch(void) {
    if (in_handler || !walk) return;
    unsigned long before = atomic_load(&ticks);
    void (*more)(void) = atomic_exchange(&trouble, NULL);
    if (more) more();
    sleep_ms(2);
    unsigned long counted = atomic_load(&ticks) - before;
    CHECK_LE(counted, TICKERS);
}

static void fork_in_handler(int sig) {
    (void)sig;
    in_handler = true;
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    while (waitpid(pid, NULL, 0) != pid) {}
    in_handler = false;
    atomic_store(&forked, true);
}

static int stop_at_first(const dam_block_t *block, void *context) {
    (void)block, (void)context;
    return 1;
}

// The same, if a walk over the live blocks sees none: then it was the inside of the allocator that was interrupted.
static void fork_if_inside(int sig) {
    bool refused = walk(stop_at_first, NULL) == 0;
    atomic_store(&inside, refused);
    atomic_store(&answered, true);
    if (!refused) return;
    sleep_ms(50);  // for the other fork to begin
    fork_in_handler(sig);
}

static void *begin(void *arg) {
    give(get(100));
    return arg;
}

static void *check_often(void *arg) {
    while (!atomic_load(&stop)) check_heap();
    return arg;
}

// A thread that waits to get in, for the first time, is interrupted by a handler that forks.
static void interrupt_newcomer(void) {
    atomic_store(&forked, false);
    pthread_t t = start(begin, NULL);
    sleep_ms(20);
    CHECK_EQ(pthread_kill(t, SIGUSR1), 0);
    for (int i = 0; i < 50 && !atomic_load(&forked); i++) sleep_ms(2);
    CHECK_EQ(pthread_detach(t), 0);
}

int main(void) {
    signal(SIGUSR1, fork_in_handler);
    signal(SIGUSR2, fork_if_inside);
    CHECK_EQ(pthread_atfork(watch, watch, NULL), 0);  // before the allocator's: runs while it waits
    void *lib = dlopen(getenv("DAM_LOCAL_LIB"), RTLD_NOW);
    CHECK(lib);
    get = (void *(*)(size_t))dlsym(lib, "dam_malloc");
    give = (void (*)(void *))dlsym(lib, "dam_free");
    check_heap = (size_t (*)(void))dlsym(lib, "dam_check_heap");
    walk = (int (*)(int (*)(const dam_block_t *, void *), void *))dlsym(lib, "dam_heap_walk");
    CHECK(get && give && check_heap && walk);
    void *seen = get(10);  // by a walk
    pthread_t t[TICKERS], checker;
    for (int i = 0; i < TICKERS; i++) t[i] = start(tick, NULL);
    run_threads(2, fork_often);
    for (int i = 0; i < UNUSUAL; i++) {
        atomic_store(&trouble, interrupt_newcomer);
        fork_once();
    }
    checker = start(check_often, NULL);
    for (int i = 0; i < UNUSUAL; i++) {
        do {
            atomic_store(&answered, false);
            CHECK_EQ(pthread_kill(checker, SIGUSR2), 0);
            while (!atomic_load(&answered)) sleep_ms(1);
        } while (!atomic_load(&inside));
        atomic_store(&forked, false);
        fork_once();
        while (!atomic_load(&forked)) sleep_ms(1);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < TICKERS; i++) join(t[i]);
    join(checker);
    give(seen);
    CHECK_EQ(check_heap(), 0);
    return 0;
}
