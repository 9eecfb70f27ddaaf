// exit from a thread while others allocate, from several threads at once, quick_exit, and main's pthread_exit: each ends
// with its status, none hangs or crashes. 200 processes.
// modes: preload static
// timeout: 120
#include "threads.h"

#include <stdlib.h>

static int how;

static void *hammer(void *arg) {
    uint64_t s = (size_t)arg + 1;
    for (;;) {
        void *p = malloc(rnd(&s) % 3000), *q = malloc(rnd(&s) % (10 * MIB));
        free(p);
        free(q);
    }
    return arg;
}

static void *ender(void *arg) {
    sleep_ms(1);
    if (how == 1) quick_exit(7);
    exit(7);
    return arg;
}

static void *last_thread(void *arg) {
    sleep_ms(2);  // main is gone
    for (size_t n = 1; n < 20 * MIB; n *= 2) free(malloc(n));
    exit(7);
    return arg;
}

static void process(void) {
    alarm(20);
    free(malloc(10));
    start(hammer, (void *)1), start(hammer, (void *)2);
    if (how == 2) {
        start(last_thread, NULL);
        pthread_exit(NULL);
    }
    start(ender, NULL);
    if (how == 3)
        for (int i = 0; i < 3; i++) start(ender, NULL);
    for (;;) sleep_ms(1000);
}

int main(void) {
    for (int i = 0; i < 200; i++) {
        how = i % 4;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) process();
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 7 << 8);
    }
    check_sound();
    return 0;
}
