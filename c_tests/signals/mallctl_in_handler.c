// A signal handler, and other threads, ask for figures while blocks come and go: an answer, or EAGAIN; never a deadlock.
// modes: preload static
#include "jemalloc.h"
#include "threads.h"
#include "ticking.h"

extern int MallocExtension_GetNumericProperty(const char *, size_t *) __attribute__((weak));

enum { ENOUGH = 500 };
static volatile sig_atomic_t handled, refused, answered;
static atomic_bool done;
static size_t mib[6], depth = 6;

static void check_answer(int error) { CHECK(error == 0 || error == EAGAIN); }

static void handler(int sig) {
    static unsigned ticks;
    (void)sig;
    if (++ticks % 16 || handled >= ENOUGH) return;  // the answers take longer than a tick
    int saved = errno;
    uint64_t one = 1;
    size_t value = 0, n = 8;
    int error = mallctl("epoch", NULL, NULL, &one, 8);
    check_answer(error);
    error ? refused++ : answered++;
    check_answer(mallctl("stats.active", &value, &n, NULL, 0));
    check_answer(mallctlbymib(mib, depth, &value, &n, NULL, 0));
    check_answer(mallctl("thread.tcache.flush", NULL, NULL, NULL, 0));
    CHECK_EQ(mallctl("arena.0.purge", NULL, NULL, NULL, 0), 0);
    n = 4;
    CHECK_EQ(mallctl("arenas.narenas", &value, &n, NULL, 0), 0);
    MallocExtension_GetNumericProperty("generic.heap_size", &value);
    struct mallinfo2 info = mallinfo2();
    CHECK_GE(info.arena, info.uordblks);
    handled++;
    errno = saved;
}

static void *churn(void *arg) {
    uint64_t s = 7 + (uintptr_t)arg;
    while (!done) {
        void *p[50];
        for (int i = 0; i < 50; i++) p[i] = malloc(rnd(&s) % (i == 7 ? 300000 : 3000) + 1);
        for (int i = 0; i < 50; i++) free(p[i]);
        refresh();
        CHECK_GE(ask("stats.active"), 1);
    }
    return NULL;
}

int main(void) {
    alarm(100);
    CHECK_EQ(mallctlnametomib("stats.arenas.0.bins.3.curregs", mib, &depth), 0);
    pthread_t threads[2];
    sigset_t ticks, before;
    sigemptyset(&ticks), sigaddset(&ticks, SIGVTALRM);
    pthread_sigmask(SIG_BLOCK, &ticks, &before);
    for (uintptr_t i = 0; i < 2; i++) CHECK_EQ(pthread_create(&threads[i], NULL, churn, (void *)i), 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    timer_t timer = start_ticking(handler);
    uint64_t s = 3;
    while (handled < ENOUGH)
        for (int k = 0; k < 100; k++) {
            char *p = malloc(rnd(&s) % 4000 + 1), *q = malloc(rnd(&s) % 400000 + 1);
            CHECK(p && q);
            p[0] = q[0] = 1;
            free(p);
            free(q);
        }
    CHECK_EQ(timer_delete(timer), 0);
    done = true;
    for (int i = 0; i < 2; i++) CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_GE(answered, 1);
    check_sound();
    return 0;
}
