// Threads cancelled asynchronously in the middle of malloc and free (small sizes that their own stock serves): the blocks of
// the others stay whole, their threads' memory comes back, no block is handed out twice. Where a thread is cancelled in a longer
// call, later forks do not wait for it again and again.
// In the other profiles each call may hold a lock when its thread is cancelled, which no child of a fork survives.
// holds: fast default
// modes: preload static
// timeout: 240
#include "threads.h"

enum { ROUNDS = 3000, LATER_FORKS = 20 };
static atomic_bool stop, ready;

// Its stock neither runs empty nor full; slots change places in it.
static void *fast(void *arg) {
    void *p[16];
    for (int i = 0; i < 16; i++) CHECK(p[i] = malloc(100));
    for (int i = 0; i < 16; i++) free(p[i]);
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
    atomic_store(&ready, true);
    for (;;) {
        for (int i = 0; i < 4; i++) p[i] = malloc(100);
        for (int i = 0; i < 4; i++) free(p[i]);
    }
    return arg;
}

static void *checks(void *arg) {
    free(malloc(100));  // so that the allocator knows the thread
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
    atomic_store(&ready, true);
    for (;;) dam_check_heap();
    return arg;
}

// Lets a thread run for a moment and cancels it.
static void cancel_one(void *(*f)(void *), unsigned moment) {
    atomic_store(&ready, false);
    pthread_t t = start(f, NULL);
    while (!atomic_load(&ready)) sched_yield();
    for (volatile unsigned i = 0; i < moment; i++) {}
    CHECK_EQ(pthread_cancel(t), 0);
    CHECK(join(t) == PTHREAD_CANCELED);
}

static void *other(void *arg) {
    uint64_t s = (size_t)arg + 9;
    unsigned char *p[64] = {0};
    size_t n[64];
    while (!atomic_load(&stop)) {
        size_t i = rnd(&s) % 64;
        if (p[i]) CHECK(marked(p[i], n[i], i));
        free(p[i]);
        n[i] = rnd(&s) % 20 ? rnd(&s) % 200 + 1 : rnd(&s) % (MIB) + 1;
        CHECK(p[i] = malloc(n[i]));
        mark(p[i], n[i], i);
        if (rnd(&s) % 256 == 0) sleep_ms(1);
    }
    for (size_t i = 0; i < 64; i++) free(p[i]);
    return NULL;
}

static void fork_once(void (*child)(void)) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        alarm(30);
        if (child) child();
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
}

static void use_heap(void) {
    for (size_t n = 1; n < 20 * MIB; n = n * 3 + 1) free(malloc(n));
    for (int i = 0; i < 1000; i++) free(malloc(100));
}

// Its own process: what the cancelled thread held is lost to it.
static void lose_a_thread(void) {
    alarm(60);
    cancel_one(checks, 10000000);
    for (int i = 0; i < LATER_FORKS; i++) fork_once(NULL);
}

int main(void) {
    uint64_t s = (uint64_t)(now() * 1e9) | 1;
    char text[60];
    snprintf(text, sizeof text, "seed %ju\n", (uintmax_t)s);
    say(text);
    pthread_t a = start(other, (void *)1), b = start(other, (void *)2);
    for (int i = 1; i <= ROUNDS; i++) {
        cancel_one(fast, rnd(&s) % 20000);
        if (i % 100 == 0) fork_once(use_heap);
    }
    atomic_store(&stop, true);
    join(a), join(b);
    use_heap();
    malloc_trim(0);
    check_sound();
    if (dam_get_stats) CHECK_LE(stats().threads, 2);
    void *kept[20000];
    for (int i = 0; i < 20000; i++) kept[i] = malloc(100);
    fork_once(lose_a_thread);
    for (int i = 0; i < 20000; i++) free(kept[i]);
    check_sound();
    return 0;
}
