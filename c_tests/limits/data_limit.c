// RLIMIT_DATA, which counts writable private memory: reservations do not count, memory in use does; beyond the limit NULL
// and ENOMEM, then recovery.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// modes: preload static
// timeout: 120
#include "again.h"
#include "exhaust.h"

static void limit(void *mib) {
    struct rlimit r = {(size_t)mib * MIB, (size_t)mib * MIB};
    if (setrlimit(RLIMIT_DATA, &r)) _exit(96);
}

static int role(size_t mib) {
    live_a_little();
    exhaust(48, mib * MIB / 2);
    exhaust(9000, mib * MIB / 2);
    exhaust(200000, mib * MIB / 2);
    exhaust(10 * MIB, mib * MIB / 2);
    live_a_little();
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return role((size_t)atol(argv[1]));
    CHECK_EQ(again("64", limit, (void *)64), 0);
    CHECK_EQ(again("400", limit, (void *)400), 0);
    return 0;
}
