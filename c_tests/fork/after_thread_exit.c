// A fork at the very end of a thread, in a destructor of thread-specific data that runs after the allocator's own, and in a
// thread that has never allocated, with a fork handler of another library that allocates while the allocator waits for the
// fork: nobody hangs, parent and child go on allocating, and nothing of the thread stays behind.
// In paranoid a fork copies the page tables of all that was freed: 700 of them take more than a minute.
// holds: fast default hardened
// modes: plain
// timeout: 120
#include "threads.h"

#include <dlfcn.h>

enum { ROUNDS = 40 };
static void *(*get)(size_t);
static void (*give)(void *);
static int (*get_stats)(dam_stats_t *, size_t);
static size_t (*check_heap)(void);
static pthread_key_t key;
static atomic_int handled, forks;

static void use_heap(void) {
    for (size_t n = 1; n < 20 * MIB; n *= 7) {
        unsigned char *p = get(n);
        CHECK(p);
        mark(p, n, n);
        CHECK(marked(p, n, n));
        give(p);
    }
}

// Registered before the allocator's: runs between its preparation and the fork, and before its end.
static void handler(void) {
    if (!check_heap) return;
    use_heap();
    atomic_fetch_add(&handled, 1);
}

static void fork_once(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(20);
        use_heap();
        _exit(check_heap() != 0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
    atomic_fetch_add(&forks, 1);
}

static void destroy(void *rounds_left) {
    fork_once();
    if (rounds_left != (void *)1) pthread_setspecific(key, (char *)rounds_left - 1);
}

static void *ends(void *arg) {
    if ((size_t)arg % 2) give(get(100));
    CHECK_EQ(pthread_setspecific(key, (void *)3), 0);
    return NULL;
}

int main(void) {
    alarm(60);
    CHECK_EQ(pthread_atfork(handler, handler, handler), 0);
    void *lib = dlopen(getenv("DAM_LOCAL_LIB"), RTLD_NOW);
    CHECK(lib);
    get = (void *(*)(size_t))dlsym(lib, "dam_malloc");
    give = (void (*)(void *))dlsym(lib, "dam_free");
    get_stats = (int (*)(dam_stats_t *, size_t))dlsym(lib, "dam_get_stats");
    check_heap = (size_t (*)(void))dlsym(lib, "dam_check_heap");
    CHECK(get && give && get_stats && check_heap);
    give(get(10));  // the allocator's key is the older one
    CHECK_EQ(pthread_key_create(&key, destroy), 0);
    for (int i = 0; i < ROUNDS; i++) {
        join(start(ends, (void *)0));
        join(start(ends, (void *)1));
        run_threads(4, ends);
    }
    CHECK_EQ(atomic_load(&forks), ROUNDS * 6 * 3);
    CHECK_EQ(atomic_load(&handled), ROUNDS * 6 * 3 * 2);
    dam_stats_t s;
    CHECK_EQ(get_stats(&s, sizeof s), 0);
    CHECK_EQ(s.threads, 1);
    CHECK_EQ(s.live_blocks, 0);
    CHECK_EQ(s.violations, 0);
    CHECK_EQ(check_heap(), 0);
    return 0;
}
