// Reports come through wherever misuse happens: before main, in a signal handler on a stack of 8 KiB, in fork handlers, in the
// child, at the end of a thread, when memory is out, and after main; the process goes on.
// modes: preload static
// profiles: default hardened paranoid
// options: on_violation=continue
// talkative: yes
// expect: stderr contains "DAM: invalid-free"
#include "report.h"
#include "threads.h"

static int before;

__attribute__((constructor)) static void early(void) {
    if (!dam_version) return;
    before = count_of(caught(free_nothing, NULL), "DAM: invalid-free") == 1;
}

static void handler(int sig) {
    (void)sig;
    free_nothing(NULL);
}

static void in_handler(void *p) {
    (void)p;
    raise(SIGUSR1);
}

static void in_fork(void) { free_nothing(NULL); }

static void forks(void *p) {
    (void)p;
    pid_t child = fork();
    if (child == 0) {
        free_nothing(NULL);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static pthread_key_t key;
static void at_thread_end(void *p) {
    (void)p;
    free_nothing(NULL);
}
static void *life(void *arg) {
    pthread_setspecific(key, &key);
    return arg;
}
static void ends(void *p) {
    (void)p;
    join(start(life, NULL));
}

static void without_memory(void *p) {
    (void)p;
    struct rlimit old, none;
    getrlimit(RLIMIT_AS, &old);
    none = old, none.rlim_cur = 1;
    CHECK_EQ(setrlimit(RLIMIT_AS, &none), 0);
    free_nothing(NULL);
    setrlimit(RLIMIT_AS, &old);
}

static size_t reports(void (*misuse)(void *)) { return count_of(caught(misuse, NULL), "DAM: invalid-free: free of 0x"); }

__attribute__((destructor)) static void late(void) {
    if (dam_version) free_nothing(NULL);
}

int main(void) {
    if (!dam_version) return 0;
    alarm(60);
    CHECK(before);
    static char stack[8192 + 4096];
    stack_t s = {.ss_sp = stack + 4096, .ss_size = 8192};
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    CHECK_EQ(reports(in_handler), 1);
    CHECK(all_zero(stack, 4096));
    pthread_atfork(in_fork, in_fork, in_fork);
    CHECK_EQ(reports(forks), 4);
    CHECK_EQ(pthread_key_create(&key, at_thread_end), 0);
    CHECK_EQ(reports(ends), 1);
    CHECK_EQ(reports(without_memory), 1);
    live_a_little();
    return 0;
}
