// Runs one program with one allocator preloaded and prints a line of figures:
//   runner <preload or "-"> <program> [argument ...]
//   figures <wall ns> <user us> <system us> <peak KiB> <page faults> <status>
// A program of its own because a process starts out with the peak memory of
// the one that forked it: behind a Python driver nothing under 10 MiB shows.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long micros(struct timeval t) {
    return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv) {
    char preload[4096] = "LD_PRELOAD=";
    char *environment[] = {"LC_ALL=C", NULL, NULL};
    struct rusage used;
    int status;
    if (argc < 3 || strlen(argv[1]) > 4000) return 2;
    if (strcmp(argv[1], "-")) environment[1] = strcat(preload, argv[1]);
    long long start = now();
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        alarm(120); // outlives the execve: a program that hangs ends here
        execve(argv[2], argv + 2, environment);
        _exit(127);
    }
    if (wait4(child, &status, 0, &used) != child) return 2;
    printf("figures %lld %lld %lld %ld %ld %d\n", now() - start, micros(used.ru_utime),
           micros(used.ru_stime), used.ru_maxrss, used.ru_minflt, status);
    return 0;
}
