// The same with four threads, each interrupted by signals sent to it, 20,000 in all, frees of blocks of other threads among
// it.
// modes: preload static
#include "threads.h"

enum { THREADS = 4, SLOTS = 64 };
static _Atomic(size_t *) shared[SLOTS];  // a block's first word is its length
static atomic_bool stop;
static atomic_long handled;
static __thread uint64_t state;

static void swap(uint64_t *s) {
    size_t n = rnd(s) % 100 < 95 ? rnd(s) % 3000 + 200 : rnd(s) % (MIB) + 200;
    size_t *p = malloc(n);
    if (p) {
        *p = n;
        mark(p + 1, n - 8, n);
    }
    p = atomic_exchange(&shared[rnd(s) % SLOTS], p);
    if (p) {
        CHECK(marked(p + 1, *p - 8, *p));
        free(p);
    }
}

static void handler(int sig) {
    (void)sig;
    int saved = errno;
    state += 0x9E3779B97F4A7C15ull;
    uint64_t mine = state | 1;
    swap(&mine);
    atomic_fetch_add(&handled, 1);
    errno = saved;
}

static void *work(void *arg) {
    uint64_t s = (size_t)arg + 5;
    state = s * 77;
    while (!atomic_load(&stop)) swap(&s);
    return NULL;
}

int main(void) {
    alarm(50);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_RESTART};
    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++) t[i] = start(work, (void *)i);
    for (size_t i = 0; atomic_load(&handled) < 20000; i++) {
        CHECK_EQ(pthread_kill(t[i % THREADS], SIGUSR1), 0);
        struct timespec pause = {0, 20000};
        nanosleep(&pause, NULL);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++) join(t[i]);
    check_sound();
    return 0;
}
