// Every operation, reports included, fits a thread of the smallest stack the system allows and a signal stack of 8 KiB.
// modes: preload static
// talkative: yes
#include "threads.h"

#include <limits.h>

static void operations(void) {
    for (size_t n = 1; n < 20 * MIB; n = n * 3 + 1) {
        void *p = malloc(n), *q = calloc(1, n), *r = aligned_alloc(4096, n);
        CHECK(p && q && r);
        p = realloc(p, n * 2);
        CHECK(p);
        free(p), free(q), free(r);
    }
    malloc_trim(0);
    if (dam_get_stats) stats();
}

static void *life(void *arg) {
    operations();
    if (dam_version) {
        char *p = malloc(20);
        free(p);
        free(opaque(p));  // one report
    }
    return arg;
}

static volatile sig_atomic_t handled;
static void handler(int sig) {
    (void)sig;
    operations();
    handled = 1;
}

int main(void) {
    pthread_attr_t a;
    CHECK_EQ(pthread_attr_init(&a), 0);
    CHECK_EQ(pthread_attr_setstacksize(&a, (size_t)sysconf(_SC_THREAD_STACK_MIN)), 0);
    for (int i = 0; i < 50; i++) {
        pthread_t t;
        CHECK_EQ(pthread_create(&t, &a, life, NULL), 0);
        join(t);
    }
    static char stack[8192 + 4096];
    stack_t s = {.ss_sp = stack + 2048, .ss_size = 8192};
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    raise(SIGUSR1);
    CHECK(handled);
    CHECK(all_zero(stack, 2048));
    if (dam_get_stats) CHECK_EQ(violations(), 50);
    return 0;
}
