// A thousand forks, one after another, while three threads allocate in every tier: each child finds a usable heap, sees
// what the parent wrote, frees inherited blocks and exits cleanly.
// In paranoid each of the blocks is a mapping made and undone: that takes longer than the time there is.
// holds: fast default hardened
// modes: preload static static-pie local
// timeout: 300
#include "threads.h"

static atomic_bool stop;

static void *hammer(void *arg) {
    uint64_t s = (size_t)arg + 1;
    unsigned char *p[64] = {0};
    while (!atomic_load(&stop)) {
        size_t i = rnd(&s) % 64, n = rnd(&s) % 1000 < 995 ? rnd(&s) % 3000 + 1 : rnd(&s) % (10 * MIB) + 1;
        free(p[i]);
        CHECK(p[i] = malloc(n));
        p[i][0] = p[i][n - 1] = 1;
        if (rnd(&s) % 512 == 0) sleep_ms(1);  // let the forks have the processor, too
    }
    for (size_t i = 0; i < 64; i++) free(p[i]);
    return NULL;
}

static void child(unsigned char **inherited, size_t count) {
    for (size_t i = 0; i < count; i++) {
        CHECK(marked(inherited[i], i * 900 + 1, i));
        free(inherited[i]);
    }
    for (size_t n = 1; n < 20 * MIB; n = n * 3 + 1) {
        unsigned char *p = malloc(n), *q = realloc(calloc(1, n), 2 * n);
        CHECK(p && q);
        mark(p, n, n);
        CHECK(marked(p, n, n));
        free(p), free(q);
    }
    for (size_t i = 0; i < 2000; i++) free(malloc(i));
    _exit(0);
}

int main(void) {
    enum { FORKS = 1000, BLOCKS = 40 };
    pthread_t t[3];
    for (size_t i = 0; i < 3; i++) t[i] = start(hammer, (void *)i);
    for (int f = 0; f < FORKS; f++) {
        unsigned char *p[BLOCKS];
        for (size_t i = 0; i < BLOCKS; i++) mark(p[i] = malloc(i * 900 + 1), i * 900 + 1, i);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            alarm(20);  // a child that hangs is a failure, not a wait
            child(p, BLOCKS);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
        for (size_t i = 0; i < BLOCKS; i++) {
            CHECK(marked(p[i], i * 900 + 1, i));
            free(p[i]);
        }
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 3; i++) join(t[i]);
    check_sound();
    return 0;
}
