// A thread that does not get to the end of its report: standard error is a full pipe.
#ifndef DAM_TEST_STUCK_H
#define DAM_TEST_STUCK_H
#include "report.h"
#include "threads.h"

// Makes standard error such a pipe; its other end.
__attribute__((unused)) static int fill_stderr(void) {
    int ends[2];
    static char filler[4096];
    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    for (size_t n = sizeof filler; n > 0; n /= 2)  // to the last byte
        while (write(ends[1], filler, n) > 0) {}
    CHECK_EQ(fcntl(ends[1], F_SETFL, 0), 0);
    CHECK_EQ(dup2(ends[1], 2), 2);
    return ends[0];
}

// Waits until the main thread's or another's call of write(2) sleeps.
__attribute__((unused)) static void wait_until_it_writes(pid_t thread) {
    char name[64], text[64] = "";
    snprintf(name, sizeof name, "/proc/self/task/%d/syscall", (int)thread);
    while (strncmp(text, "1 ", 2) != 0 && strncmp(text, "64 ", 3) != 0) {  // x86-64, aarch64
        sleep_ms(5);
        int fd = open(name, O_RDONLY);
        CHECK(fd >= 0);
        ssize_t n = read(fd, text, sizeof text - 1);
        text[n < 0 ? 0 : n] = 0;
        close(fd);
    }
}
#endif
