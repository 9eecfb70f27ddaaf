// The process ends where the violation is found, without a handler being asked.
// options: on_violation=trap
// expect: signal SIGTRAP
// expect: stderr contains "DAM: double-free"
// expect: stderr contains "now: the process ends by SIGTRAP"
#include "check.h"

static void handler(int sig) {
    (void)sig;
    _exit(3);
}

int main(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGTRAP, handler);
    signal(SIGABRT, handler);
    void *p = malloc(30);
    free(p);
    free(opaque(p));
    return 4;
}
