// A sandbox put on after start kills for every call but memory, futex, time, output and exit: allocation, statistics and
// the heap walk do not use any other.
// modes: preload static
#include "again.h"
#include "seccomp.h"
#include "threads.h"

#include <linux/audit.h>

static pthread_barrier_t barrier;

static void *thread(void *arg) {
    pthread_barrier_wait(&barrier);  // started before, works after
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 20; i++) live_a_little();
    return arg;
}

static void only(const int *calls, size_t count) {
    struct sock_filter code[66];
    size_t n = 0;
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    long flags = SECCOMP_FILTER_FLAG_TSYNC;
    CHECK_EQ(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program), 0);
}

int main(void) {
    CHECK_EQ(pthread_barrier_init(&barrier, NULL, 3), 0);
    pthread_t a = start(thread, NULL), b = start(thread, NULL);
    free(malloc(1));
    pthread_barrier_wait(&barrier);
    // munmap, mprotect and madvise are what giving memory back takes; the last three end threads and the process.
    const int allowed[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_futex, SYS_write, SYS_exit_group,
                           SYS_exit, SYS_rt_sigprocmask, SYS_clock_gettime, SYS_sched_yield, SYS_clock_nanosleep,
                           // the statistics read /proc/self/statm
                           SYS_openat, SYS_read, SYS_close};
    only(allowed, sizeof allowed / sizeof *allowed);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 20; i++) live_a_little();
    join(a), join(b);
    malloc_trim(0);
    check_sound();
    return 0;
}
