// 64 threads report at the same time: every report is whole, and none is mixed with another.
// profiles: default hardened paranoid
// options: on_violation=continue
// talkative: yes
#include "report.h"
#include "threads.h"

enum { THREADS = 64, EACH = 5 };
static pthread_barrier_t together;

static void *life(void *arg) {
    pthread_barrier_wait(&together);
    for (int i = 0; i < EACH; i++) free_nothing(NULL);
    return arg;
}

static void all(void *p) {
    (void)p;
    run_threads(THREADS, life);
}

// Takes the report at `at` to pieces; where the next one begins.
static const char *whole(const char *at) {
    CHECK(!strncmp(at, "DAM: invalid-free: free of 0x", 29));
    static const char *const lines[] = {"  where: ", "  thread: ", "  c", "  now: the process goes on"};
    size_t line = 0;
    for (;;) {
        at = strchr(at, '\n');
        CHECK(at++);
        while (line < 4 && strncmp(at, lines[line], strlen(lines[line]))) line++;
        CHECK(line < 4);
        if (line == 3) return strchr(at, '\n') + 1;
    }
}

static void *read_reports(void *fd) {
    read_all((int)(intptr_t)fd);
    return NULL;
}

int main(void) {
    if (!dam_version) return 0;
    alarm(60);
    pthread_barrier_init(&together, NULL, THREADS);
    int pipes[2], saved = dup(2);
    CHECK_EQ(pipe(pipes), 0);
    pthread_t reader = start(read_reports, (void *)(intptr_t)pipes[0]);
    dup2(pipes[1], 2);
    all(NULL);
    dup2(saved, 2);
    close(pipes[1]);
    join(reader);
    size_t n = 0;
    for (const char *at = text; *at; at = whole(at)) n++;
    // As many as there was room for.
    CHECK(n == THREADS * EACH);
    CHECK_EQ(violations(), THREADS * EACH);
    return 0;
}
