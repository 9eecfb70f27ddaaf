// A handler that leaves by siglongjmp, as interpreters do on SIGINT, between allocator calls: nothing stays behind.
// modes: preload static
#include "check.h"

#include <setjmp.h>

static sigjmp_buf back;
static volatile sig_atomic_t armed;

static void handler(int sig) {
    (void)sig;
    if (armed) {
        armed = 0;
        siglongjmp(back, 1);
    }
}

int main(void) {
    signal(SIGUSR1, handler);
    for (int i = 0; i < 2000; i++) {
        void *volatile p = NULL;
        if (sigsetjmp(back, 1) == 0) {
            armed = 1;
            p = malloc((size_t)i + 1);
            raise(SIGUSR1);
            CHECK(0);
        }
        free(p);
    }
    check_sound();
    return 0;
}
