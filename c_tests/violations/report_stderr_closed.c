// Standard error is closed: nothing breaks, and what gets its number afterwards, a file that is read as well or a connection,
// is left alone. What standard error is redirected to gets the reports.
// profiles: default hardened paranoid
// options: on_violation=continue
// talkative: yes
#include "report.h"

#include <sys/socket.h>

static void forget(int saved) {
    dup2(saved, 2);
    close(saved);
}

int main(void) {
    if (!dam_version) return 0;
    int saved = dup(2);
    close(2);
    free_nothing(NULL);
    CHECK_EQ(fcntl(2, F_GETFD), -1);

    char path[] = "stranger_XXXXXX";
    int file = mkstemp(path);
    CHECK_EQ(file, 2);
    unlink(path);
    free_nothing(NULL);
    CHECK_EQ(lseek(2, 0, SEEK_END), 0);
    close(2);

    int pair[2];
    CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    CHECK_EQ(pair[0], 2);
    free_nothing(NULL);
    close(2);
    char byte;
    CHECK_EQ(read(pair[1], &byte, 1), 0);
    forget(saved);

    CHECK_EQ(count_of(caught(free_nothing, NULL), "DAM: invalid-free"), 1);
    CHECK_EQ(violations(), 4);
    return 0;
}
