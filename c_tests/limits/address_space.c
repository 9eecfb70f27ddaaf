// RLIMIT_AS in force before the program starts, from 256 MiB up: the allocator starts, serves all tiers, threads too, and
// lets the program have at least a quarter of the limit; beyond it NULL and ENOMEM.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// modes: preload static static-pie
// timeout: 120
#include "again.h"
#include "exhaust.h"
#include "threads.h"

static void limit(void *mib) {
    struct rlimit r = {(size_t)mib * MIB, (size_t)mib * MIB};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

static void *thread(void *arg) {
    live_a_little();
    return arg;
}

static int role(size_t mib) {
    live_a_little();
    if (mib >= 512) run_threads(8, thread);  // eight stacks of 8 MiB fit
    exhaust(100, mib * MIB / 4);
    live_a_little();
    exhaust(5000, mib * MIB / 4);
    exhaust(100000, mib * MIB / 4);
    exhaust(10 * MIB, mib * MIB / 4);
    live_a_little();
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return role((size_t)atol(argv[1]));
    const size_t mib[] = {256, 300, 512, 1024};
    for (size_t i = 0; i < sizeof mib / sizeof *mib; i++) {
        char text[20];
        snprintf(text, sizeof text, "%zu", mib[i]);
        CHECK_EQ(again(text, limit, (void *)mib[i]), 0);
    }
    return 0;
}
