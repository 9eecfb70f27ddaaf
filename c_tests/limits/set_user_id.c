// A set-user-id program run by somebody else ignores DAM_OPTIONS: what another user put there has no effect. (Linked
// statically: the dynamic linker would not preload a library by path in the first place.)
// modes: static
// needs: root
// talkative: yes
// options: verbose=1:stats_at_exit=1:no_such_option=1
#include "again.h"

#include <sys/auxv.h>
#include <sys/stat.h>

static char copy[64] = "/tmp/dam-set-user-id-XXXXXX";

static void be_nobody(void *arg) {
    (void)arg;
    if (setgid(65534) || setuid(65534)) _exit(96);
    execl(copy, copy, "role", (char *)NULL);
    _exit(95);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        if (!getauxval(AT_SECURE)) return 44;  // mounted nosuid: nothing to be seen here
        live_a_little();
        return 0;
    }
    int to = mkstemp(copy), from = open("/proc/self/exe", O_RDONLY);
    CHECK(to >= 0 && from >= 0);
    static char buffer[65536];
    for (ssize_t n; (n = read(from, buffer, sizeof buffer)) > 0;) CHECK(write(to, buffer, (size_t)n) == n);
    CHECK_EQ(fchmod(to, 04755), 0);
    close(to), close(from);

    int pipes[2];
    CHECK_EQ(pipe(pipes), 0);
    int saved = dup(2);
    dup2(pipes[1], 2);
    int status = again("unused", be_nobody, NULL);
    dup2(saved, 2);
    close(pipes[1]);
    char text[1000];
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    unlink(copy);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 44);
    if (n > 0) text[n] = 0, say("it said: "), say(text);
    if (WEXITSTATUS(status) == 0) CHECK_EQ(n, 0);
    return 0;
}
