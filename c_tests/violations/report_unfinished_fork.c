// A thread is writing a report when another one forks: what it had found is reported by the child, which finds it again.
// modes: preload static
// options: on_violation=continue
// holds: fast default
// talkative: yes
#include "stuck.h"

static char *block;
static atomic_int writer;

static void *reports(void *arg) {
    atomic_store(&writer, (int)gettid());
    block[500] = 0;
    dam_check_heap();
    return arg;
}

static void frees(void *p) { free(p); }

int main(void) {
    alarm(50);
    block = malloc(500);
    int terminal = dup(2), pipe_end = fill_stderr();
    pthread_t t = start(reports, NULL);
    while (!atomic_load(&writer)) sched_yield();
    wait_until_it_writes(atomic_load(&writer));
    pid_t child = fork();  // waits for that thread a while
    CHECK(child >= 0);
    if (child == 0) _exit(count_of(caught(frees, block), "DAM: heap-buffer-overflow: free of 0x") != 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    dup2(terminal, 2);
    CHECK_EQ(status, 0);
    CHECK_EQ(fcntl(pipe_end, F_SETFL, O_NONBLOCK), 0);
    read_all(pipe_end);
    join(t);
    CHECK_EQ(violations(), 1);
    return 0;
}
