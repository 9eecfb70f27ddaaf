// Reports come through, and the process goes on, where the system gives nothing: no memory, no files under /proc, a sandbox that
// refuses every call a report could do without, the smallest stack for signals, and in the handlers of exit.
// profiles: default hardened paranoid
// options: on_violation=continue
// modes: preload static
// talkative: yes
#include "report.h"
#include "again.h"
#include "seccomp.h"

#include <sys/auxv.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

static void *damaged, *twice;

// One of each kind; the blocks were made before the need began.
static void prepare(void) {
    damaged = malloc(20);
    twice = malloc(200);
    CHECK(damaged && twice);
    ((unsigned char *)opaque(damaged))[20] ^= 0x55;
    free(opaque(twice));
}

static void misuse(void *p) {
    free_nothing(p);
    free(opaque(damaged));
    free(opaque(twice));
}

static void all_told(const char *report) {
    CHECK_EQ(count_of(report, "DAM: invalid-free: free of 0x"), 1);
    CHECK_EQ(count_of(report, "DAM: heap-buffer-overflow: free of 0x"), 1);
    CHECK_EQ(count_of(report, "DAM: double-free: free of 0x"), 1);
    CHECK_EQ(count_of(report, "  now: the process goes on"), 3);
}

static void without_memory(void *p) {
    struct rlimit old, none;
    getrlimit(RLIMIT_AS, &old);
    none = old, none.rlim_cur = 1;
    CHECK_EQ(setrlimit(RLIMIT_AS, &none), 0);
    misuse(p);
    CHECK(!malloc(64 * MIB));
    misuse(p);
    setrlimit(RLIMIT_AS, &old);
}

static void no_memory(void *p) {
    (void)p;
    prepare();
    const char *said = caught(without_memory, NULL);
    CHECK_EQ(count_of(said, "DAM: heap-buffer-overflow: free of 0x"), 1);
    // Where memory is short freed blocks with pages of their own are forgotten: then the second free is one of no block.
    CHECK_EQ(count_of(said, "DAM: invalid-free: free of 0x") + count_of(said, "DAM: double-free: free of 0x"), 5);
    CHECK_EQ(count_of(said, "  now: the process goes on"), 6);
    live_a_little();
}

// As where /proc is not mounted, or must not be read: a report has addresses alone.
static void no_files(void *p) {
    (void)p;
    static const int calls[] = {SYS_openat};
    prepare();
    forbid(calls, 1, SECCOMP_RET_ERRNO | ENOENT);
    const char *said = caught(misuse, NULL);
    all_told(said);
    CHECK_EQ(count_of(said, "+0x"), 0);
    live_a_little();
}

static void no_calls(void *p) {
    (void)p;
    static const int calls[] = {SYS_openat, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_process_vm_readv,
                                SYS_membarrier, SYS_gettid, SYS_futex, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_getrandom, SYS_fstat};
    prepare();
    int pipes[2];
    CHECK_EQ(pipe(pipes), 0);
    dup2(pipes[1], 2), close(pipes[1]);
    forbid(calls, sizeof calls / sizeof *calls - !p, SECCOMP_RET_ERRNO | EPERM);
    misuse(NULL);
    close(2);
    // Without fstat it is not known whose standard error is: nothing is written rather than into a file of the program's.
    if (!p) all_told(read_all(pipes[0]));
}

// The heap grows, so the page that others may read is written, in the middle of it.
static void grow(void) {
    sleep_ms(20);
    void *blocks[16];
    for (size_t i = 0; i < 16; i++) CHECK(blocks[i] = malloc(300000));
    for (size_t i = 0; i < 16; i++) free(blocks[i]);
}

static void handler(int sig) {
    (void)sig;
    grow();
    misuse(NULL);
}

static void in_handler(void *p) {
    (void)p;
    raise(SIGUSR1);
}

// What the kernel itself puts there, and 6 KiB.
static void small_stack(void *p) {
    (void)p;
    enum { BELOW = 4096 };
    static unsigned char stack[BELOW + 65536] __attribute__((aligned(4096)));
    size_t size = (getauxval(AT_MINSIGSTKSZ) ?: (size_t)2048) + 6 * KIB;
    stack_t s = {.ss_sp = stack + BELOW, .ss_size = size};
    CHECK_EQ(sigaltstack(&s, NULL), 0);
    struct sigaction sa = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    CHECK_EQ(sigaction(SIGUSR1, &sa, NULL), 0);
    prepare();
    all_told(caught(in_handler, NULL));
    CHECK(all_zero(stack, BELOW));
    live_a_little();
}

static void at_exit(void) {
    prepare();
    all_told(caught(misuse, NULL));
    _exit(7);
}

static void exits(void *p) {
    (void)p;
    atexit(at_exit);
    exit(0);
}

static int apart(void (*part)(void *), void *p) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(60);
        part(p);
        _exit(7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 95) return 7;  // no seccomp here
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + status;
}

int main(void) {
    if (!dam_version) return 0;
    live_a_little();
    CHECK_EQ(apart(no_memory, NULL), 7);
    CHECK_EQ(apart(no_files, NULL), 7);
    CHECK_EQ(apart(no_calls, NULL), 7);
    CHECK_EQ(apart(no_calls, "all"), 7);
    CHECK_EQ(apart(small_stack, NULL), 7);
    CHECK_EQ(apart(exits, NULL), 7);
    return 0;
}
