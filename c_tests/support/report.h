// Reading what DAM reports.
#ifndef DAM_TEST_REPORT_H
#define DAM_TEST_REPORT_H
#include "misuse.h"

static char text[1 << 20];

// What is to be read from a descriptor until its other end is closed, or nothing more is there.
__attribute__((unused)) static const char *read_all(int fd) {
    size_t held = 0;
    for (ssize_t n; held < sizeof text - 1 && (n = read(fd, text + held, sizeof text - 1 - held)) > 0;) held += (size_t)n;
    text[held] = 0;
    return text;
}

// What a misuse writes to standard error: less than a pipe holds.
__attribute__((unused)) static const char *caught(void (*misuse)(void *), void *p) {
    int pipes[2], saved = dup(2);
    CHECK_EQ(pipe(pipes), 0);
    dup2(pipes[1], 2);
    misuse(p);
    dup2(saved, 2);
    close(pipes[1]), close(saved);
    read_all(pipes[0]);
    close(pipes[0]);
    return text;
}

__attribute__((unused)) static size_t count_of(const char *report, const char *what) {
    size_t n = 0;
    for (const char *at = report; (at = strstr(at, what)); at += strlen(what)) n++;
    return n;
}

// One violation that harms nothing.
__attribute__((unused)) static void free_nothing(void *p) {
    static char nothing[64];
    free(opaque(p ? p : nothing + 16));
}
#endif
