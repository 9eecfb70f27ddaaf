// A thread leaves its report by a jump out of a signal handler. The next one that finds the same damage, and ends the process
// for it, waits a while and then reports it.
// modes: preload static
// options: on_violation=abort
// holds: fast default
// talkative: yes
// expect: signal SIGABRT
// expect: stderr contains "DAM: heap-buffer-overflow: free of 0x"
#include "stuck.h"

#include <setjmp.h>

static char *block;
static sigjmp_buf back;
static atomic_int writer;

static void leave(int sig) {
    (void)sig;
    siglongjmp(back, 1);
}

static void *reports(void *arg) {
    if (sigsetjmp(back, 1) == 0) {
        atomic_store(&writer, (int)gettid());
        block[500] = 0;
        dam_check_heap();
    }
    return arg;
}

int main(void) {
    alarm(50);
    signal(SIGUSR1, leave);
    block = malloc(500);
    int terminal = dup(2);
    fill_stderr();
    pthread_t t = start(reports, NULL);
    while (!atomic_load(&writer)) sched_yield();
    wait_until_it_writes(atomic_load(&writer));
    pthread_kill(t, SIGUSR1);
    join(t);
    dup2(terminal, 2);
    free(block);
    return 0;
}
