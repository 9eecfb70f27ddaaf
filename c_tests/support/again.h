// Runs the same program again in a child, with a word that says which part to play: for limits that must be in force
// before the process starts. The child inherits the environment, thus the preload.
#ifndef DAM_TEST_AGAIN_H
#define DAM_TEST_AGAIN_H
#include "check.h"

// prepare runs in the child before exec. Returns the wait status.
__attribute__((unused)) static int again(const char *role, void (*prepare)(void *), void *arg) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (prepare) prepare(arg);
        char name[4096];
        ssize_t n = readlink("/proc/self/exe", name, sizeof name - 1);
        if (n <= 0) _exit(98);
        name[n] = 0;
        execl(name, name, role, (char *)NULL);
        _exit(97);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

// A little of everything an allocator must still do under a limit.
__attribute__((unused)) static void live_a_little(void) {
    unsigned char *p[300];
    for (size_t i = 0; i < 300; i++) {
        size_t n = i % 100 == 99 ? 9 * MIB : i % 20 == 19 ? 60000 : i * 13 + 1;
        p[i] = i % 2 ? malloc(n) : calloc(1, n);
        CHECK(p[i]);
        mark(p[i], n, i);
    }
    for (size_t i = 0; i < 300; i++) {
        size_t n = i % 100 == 99 ? 9 * MIB : i % 20 == 19 ? 60000 : i * 13 + 1;
        CHECK(marked(p[i], n, i));
        p[i] = realloc(p[i], n / 2 + 3000);
        CHECK(p[i]);
        free(p[i]);
    }
    void *a = aligned_alloc(1 * MIB, 5000);
    CHECK(a && aligned_to(a, MIB));
    free(a);
}
#endif
