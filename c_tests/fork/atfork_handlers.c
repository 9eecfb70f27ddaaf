// Fork handlers of the program that allocate and free in every phase, registered before (by a library initialised early)
// and after the allocator's own, with other threads at work.
// In paranoid the handlers make and free a hundred thousand mappings: more than two minutes.
// holds: fast default hardened
// modes: preload
// link: atfork_library.c
// timeout: 120
#include "threads.h"

extern int library_handlers_ran(void);
static atomic_bool stop;
static int mine;

static void use_heap(void) {
    for (size_t n = 1; n < 20 * MIB; n *= 7) {
        unsigned char *p = malloc(n);
        CHECK(p);
        mark(p, n, n);
        p = realloc(p, n + 100);
        CHECK(p);
        free(p);
    }
    mine++;
}

static void *hammer(void *arg) {
    while (!atomic_load(&stop))
        for (size_t n = 1; n < 20 * MIB; n *= 3) free(malloc(n));
    return arg;
}

int main(void) {
    for (int i = 0; i < 60; i++) CHECK_EQ(pthread_atfork(use_heap, use_heap, use_heap), 0);  // > 48: the list itself grows
    pthread_t a = start(hammer, NULL), b = start(hammer, NULL);
    for (int i = 0; i < 200; i++) {
        mine = 0;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(20);
            use_heap();
            _exit(mine == 121 && library_handlers_ran() > 0 ? 0 : 3);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
        CHECK_EQ(mine, 120);
    }
    CHECK_EQ(library_handlers_ran(), 400);
    atomic_store(&stop, true);
    join(a), join(b);
    check_sound();
    return 0;
}
