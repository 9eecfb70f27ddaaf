// A sandbox that answers EPERM, or ENOSYS, to madvise, mremap, getrandom, prctl, membarrier and what else an allocator may
// like, from before the start of the program: everything still works, only slower.
// modes: preload static
// timeout: 120
#include "again.h"
#include "seccomp.h"
#include "threads.h"

static const int calls[] = {SYS_madvise,  SYS_mremap,  SYS_getrandom, SYS_prctl,   SYS_membarrier, SYS_mlock,
                            SYS_openat2,  SYS_rseq,    SYS_getcpu,    SYS_sysinfo, SYS_sched_getaffinity,
                            SYS_gettid,   SYS_mincore, SYS_memfd_create, SYS_userfaultfd};

static void sandbox(void *code) { forbid(calls, sizeof calls / sizeof *calls, SECCOMP_RET_ERRNO | (unsigned)(size_t)code); }

static void *thread(void *arg) {
    live_a_little();
    return arg;
}

static int role(void) {
    live_a_little();
    for (int i = 0; i < 20; i++) run_threads(4, thread);
    unsigned char *p = malloc(9 * MIB);  // grows without mremap
    mark(p, 9 * MIB, 1);
    p = realloc(p, 60 * MIB);
    CHECK(p && marked(p, 9 * MIB, 1));
    p = realloc(p, 100);
    CHECK(p && holds(p, 64, 1));
    free(p);
    for (int i = 0; i < 30; i++) {  // zero, though nothing can be given back
        p = malloc(500000);
        memset(p, 0xff, 500000);
        free(p);
        malloc_trim(0);
        p = calloc(1, 500000);
        CHECK(all_zero(p, 500000));
        free(p);
    }
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) return role();
    CHECK_EQ(again("sandboxed", sandbox, (void *)EPERM), 0);
    CHECK_EQ(again("sandboxed", sandbox, (void *)ENOSYS), 0);
    return 0;
}
