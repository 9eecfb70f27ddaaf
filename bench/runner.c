// Runs one program and says what it took:
//   runner <file> <seconds> <program> [argument ...]
// The file is open as descriptor 3 for the program's own figures; the last line in it is
//   wait4 <wall ns> <user us> <system us> <peak KiB> <page faults> <status>
// A program of its own, and a small one, because a process starts out with the peak memory of the one that forked it.
// Static: an LD_PRELOAD in the environment is for the program alone.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t child;
static volatile sig_atomic_t signals_sent;

// Politely first: a script has servers to stop.
static void too_long(int signal) {
    (void)signal;
    kill(-child, signals_sent++ ? SIGKILL : SIGTERM);
    alarm(5);
}

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long micros(struct timeval t) {
    return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv) {
    struct rusage used;
    int status;
    if (argc < 4) return 2;
    int file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    if (file < 0 || dup2(file, 3) != 3) return 2;
    if (file != 3) close(file);
    struct sigaction action = {.sa_handler = too_long, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    long long start = now();
    child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        execv(argv[3], argv + 3);
        _exit(127);
    }
    alarm((unsigned)atoi(argv[2]));
    if (wait4(child, &status, 0, &used) != child) return 2;
    long long end = now();
    dprintf(3, "wait4 %lld %lld %lld %ld %ld %d\n", end - start, micros(used.ru_utime), micros(used.ru_stime),
            used.ru_maxrss, used.ru_minflt, status);
    return 0;
}
