// Tcache-metadata attack: a linear overflow, forwards or back, as long as it can be, to reach what the allocator knows of
// its blocks. It ends at a page that faults, and all other sizes are served as before: nothing but blocks of the same
// size (small), or of the same pool (larger), was in its way.
// profiles: default hardened
// options: on_violation=continue
// talkative: yes
#include "attack.h"

static sigjmp_buf back;
static unsigned char *reached;

static void fault(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    reached = info->si_addr;
    siglongjmp(back, 1);
}

struct run {
    size_t size;
    int step;
};

static void overflow(void *argument) {
    struct run *run = argument;
    struct sigaction action = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
    free(malloc(run->size));
    unsigned char *block = malloc(run->size), *other[40];
    for (size_t i = 0; i < 40; i++) CHECK(other[i] = malloc(i * 37 + 2000 + run->size));
    for (size_t i = 0; i < 40; i++) mark(other[i], 2000, i);
    if (!sigsetjmp(back, 1)) {
        volatile unsigned char *at = run->step > 0 ? block + run->size : block - 1;
        for (;; at += run->step) *at = 0x41;
    }
    CHECK(reached);
    size_t far = run->step > 0 ? (size_t)(reached - block) : (size_t)(block - reached);
    CHECK_LE(far, run->size > SMALL_MAX ? 40 * MIB : 8 * MIB);
    if (run->size <= SMALL_MAX / 4)
        for (size_t i = 0; i < 40; i++) CHECK(marked(other[i], 2000, i));
    static const size_t sizes[] = {16, 40, 72, 200, 444, 2500, 6000, 12000, 30000, 9 * 1048576};
    for (size_t i = 0; i < 10; i++) {
        if (run->size > SMALL_MAX && sizes[i] > SMALL_MAX) continue;
        if (sizes[i] <= run->size + run->size / 4 + 16 && run->size <= sizes[i] + sizes[i] / 4 + 16) continue;
        check_no_control(reached, PAGE, sizes[i]);
    }
}

int main(void) {
    static const size_t sizes[] = {24, 100, 1000, 4000, 9000, 30000, 9 * 1048576};
    for (size_t i = 0; i < 7; i++)
        for (int step = -1; step <= 1; step += 2) {
            struct run run = {sizes[i], step};
            int status = in_child(overflow, &run);
            CHECK_CMP(status, ==, 0);
        }
    return 0;
}
