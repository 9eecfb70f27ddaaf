// A signal handler that allocates comes anywhere in a fork, also between the closing of the way into the slow paths and whatever
// follows that: it is not kept waiting by its own thread.
// profiles: default hardened paranoid
// modes: preload static
#include "ticking.h"

#include <sys/wait.h>
#include <unistd.h>

static void handler(int sig) {
    (void)sig;
    int saved = errno;
    free(opaque(malloc(500)));
    free(opaque(malloc(50000)));
    errno = saved;
}

int main(void) {
    alarm(50);
    timer_t timer = start_ticking(handler);
    for (int i = 0; i < 200; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            free(opaque(malloc(100)));
            _exit(0);
        }
        int status;
        pid_t ended;
        while ((ended = waitpid(child, &status, 0)) < 0 && errno == EINTR) {}
        CHECK(ended == child && status == 0);
    }
    CHECK_EQ(timer_delete(timer), 0);
    check_sound();
    return 0;
}
