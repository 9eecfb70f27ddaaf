// Forbids system calls by number: with an errno, or by killing the process.
#ifndef DAM_TEST_SECCOMP_H
#define DAM_TEST_SECCOMP_H
#include "check.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// action: SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_KILL_PROCESS …
__attribute__((unused)) static void forbid(const int *calls, size_t count, unsigned action) {
    struct sock_filter code[2 * 64 + 2];
    size_t n = 0;
    CHECK_LE(count, 64);
    code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < count; i++) {
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        say("no seccomp here\n");
        _exit(95);
    }
}
#endif
