// DAM_OPTIONS full of nonsense: unknown keys, missing or senseless values, empty parts, binary junk, a hundred kilobytes.
// The program starts and works each time; each wrong part costs one line that names it, and valid parts still count.
// modes: preload static
// talkative: yes
#include "again.h"

static void set(void *text) { setenv("DAM_OPTIONS", text, 1); }

// Runs with these options; puts the child's stderr into `out`.
static void try_options(char *text, char *out, size_t room) {
    int pipes[2];
    CHECK_EQ(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipes[1], 2);
        close(pipes[0]), close(pipes[1]);
        _exit(again("role", set, text) == 0 ? 0 : 1);
    }
    close(pipes[1]);
    size_t n = 0;
    char dump[4096];
    for (ssize_t k; (k = read(pipes[0], n < room - 1 ? out + n : dump, n < room - 1 ? room - 1 - n : sizeof dump)) > 0;)
        n += n < room - 1 ? (size_t)k : 0;
    out[n] = 0;
    close(pipes[0]);
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    if (status) say(text), say("\n"), say(out);
    CHECK_EQ(status, 0);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        live_a_little();
        if (dam_get_stats) CHECK_EQ(violations(), 0);
        return 0;
    }
    static char out[65536], large[100001];
    char *quiet[] = {"", ":", "::::", "on_violation=abort", "zero_size=unique:decay_ms=5:"};
    for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++) {
        try_options(quiet[i], out, sizeof out);
        CHECK(!strstr(out, "DAM: option"));
    }
    char *wrong[] = {"foo",
                     "foo=",
                     "=",
                     "=bar",
                     "foo=bar",
                     "on_violation",
                     "on_violation=",
                     "on_violation=explode",
                     "decay_ms=-1",
                     "decay_ms=abc",
                     "decay_ms=99999999999999999999999999",
                     "zero_size=maybe",
                     "stats_at_exit=2x",
                     "ON_VIOLATION=abort",
                     " on_violation=abort",
                     "%s%n%s%n%x=%d",
                     "\x01\x02\xff\xfe=\x80",
                     "verbose=0=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        try_options(wrong[i], out, sizeof out);
        if (dam_version) CHECK(strstr(out, "DAM: option \""));
    }
    try_options("foo=1:verbose=1:bar=2", out, sizeof out);
    if (dam_version) {
        CHECK(strstr(out, "DAM: option \"foo\": unknown"));
        CHECK(strstr(out, "valid:") && strstr(out, "on_violation") && strstr(out, "zero_size"));
        CHECK(strstr(out, "DAM: option \"bar\": unknown"));
        CHECK(strstr(out, "active"));
    }
    memset(large, 'x', sizeof large - 1);
    try_options(large, out, sizeof out);
    for (size_t i = 0; i < sizeof large - 1; i++) large[i] = "a=:"[i % 3];
    try_options(large, out, sizeof out);
    uint64_t s = 88172645463325252ull;
    for (int round = 0; round < 50; round++) {
        size_t n = rnd(&s) % 300;
        for (size_t i = 0; i < n; i++) large[i] = (char)(rnd(&s) % 255 + 1);
        large[n] = 0;
        try_options(large, out, sizeof out);
    }
    return 0;
}
