// fork in a signal handler that interrupted malloc or free of a single-threaded program: neither side hangs; the child
// returns from the handler, finishes the interrupted call and goes on allocating.
// modes: preload static
// timeout: 240
#include "check.h"

#include <sys/time.h>

static volatile sig_atomic_t forks, in_a_child;

// One signal, soon: a periodic timer faster than fork would leave the program no time of its own.
static void next_alarm(void) {
    struct itimerval soon = {{0, 0}, {0, 50 + forks * 37 % 600}};
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void on_alarm(int sig) {
    (void)sig;
    int saved = errno;
    pid_t pid = fork();
    if (pid == 0) {
        in_a_child = 200;  // this many more operations
        signal(SIGALRM, SIG_DFL);
        alarm(20);
    } else if (pid > 0) {
        int status;
        while (waitpid(pid, &status, 0) != pid) {}
        if (status != 0) {
            say("a child failed\n");
            _exit(2);
        }
        forks++;
        next_alarm();
    }
    errno = saved;
}

int main(void) {
    signal(SIGALRM, on_alarm);
    next_alarm();
    uint64_t s = 1;
    static unsigned char *p[256];
    static size_t size[256];
    while (forks < 1000) {
        for (int i = 0; i < 50; i++) {
            size_t k = rnd(&s) % 256;
            if (p[k]) CHECK(size[k] == 0 || marked(p[k], size[k], k));
            free(p[k]);
            size[k] = rnd(&s) % 1000 < 990 ? rnd(&s) % 2000 : rnd(&s) % (10 * MIB);
            CHECK(p[k] = malloc(size[k]));
            if (size[k]) mark(p[k], size[k], k);
            if (in_a_child && --in_a_child == 0) _exit(0);
        }
    }
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    check_sound();
    return 0;
}
