// The child of a multi-threaded parent is a full program: it starts threads, frees and reallocates what it inherited,
// finds its heap sound, and forks again, ten generations deep.
// modes: preload static local
// timeout: 120
#include "threads.h"

static atomic_bool stop;
static unsigned char *shared[500];

static void *hammer(void *arg) {
    while (!atomic_load(&stop))
        for (size_t n = 1; n < 20 * MIB; n *= 2) free(malloc(n));
    return arg;
}

static void *burst(void *arg) {
    unsigned char *p[100];
    for (size_t i = 0; i < 100; i++) mark(p[i] = malloc(i * 200 + 1), i * 200 + 1, i);
    for (size_t i = 0; i < 100; i++) {
        CHECK(marked(p[i], i * 200 + 1, i));
        free(p[i]);
    }
    return arg;
}

static void generation(int depth) {
    atomic_store(&stop, false);
    pthread_t a = start(hammer, NULL), b = start(hammer, NULL);
    for (size_t i = 0; i < 500; i++) {
        if (shared[i]) CHECK(marked(shared[i], i * 50 + 1, i));
        if (i % 2) free(shared[i]), shared[i] = NULL;
        shared[i] = realloc(shared[i], i * 50 + 1);
        mark(shared[i], i * 50 + 1, i);
    }
    run_threads(8, burst);
    if (depth < 10) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(60);
            generation(depth + 1);
            _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
    }
    atomic_store(&stop, true);
    join(a), join(b);
    check_sound();
}

int main(void) {
    generation(0);
    return 0;
}
