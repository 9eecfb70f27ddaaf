// A raw clone with CLONE_VM and without CLONE_SETTLS runs on the memory and on the thread-local storage of its maker. While
// the maker waits, it can allocate and free; both sides' blocks stay whole.
// modes: preload static
#include "check.h"

#include <sched.h>

static void *made[100];
static void *given[100];

static int task(void *arg) {
    (void)arg;
    for (size_t i = 0; i < 100; i++) {
        made[i] = malloc(i * 300 + 1);
        if (!made[i]) return 1;
        mark(made[i], i * 300 + 1, i);
        if (!marked(given[i], i * 200 + 1, i)) return 2;
        free(given[i]);
    }
    void *large = malloc(10 * MIB);
    free(large);
    return 0;
}

int main(void) {
    static char stack[256 * 1024] __attribute__((aligned(16)));
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < 100; i++) mark(given[i] = malloc(i * 200 + 1), i * 200 + 1, i);
        pid_t pid = clone(task, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
        CHECK(pid > 0);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
        for (size_t i = 0; i < 100; i++) {
            CHECK(marked(made[i], i * 300 + 1, i));
            free(made[i]);
        }
    }
    check_sound();
    return 0;
}
