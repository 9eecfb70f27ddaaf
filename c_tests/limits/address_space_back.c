// Under RLIMIT_AS pools that hold nothing give their addresses back when asked to, those among them that were only made to be
// drawn from by lot.
// modes: preload static
// profiles: default hardened
#include "again.h"

enum { SIZES = 8, MANY = 1000 };

static void limit(void *nothing) {
    (void)nothing;
    struct rlimit r = {1 * GIB, 1 * GIB};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc == 1) {
        CHECK_EQ(again("x", limit, NULL), 0);
        return 0;
    }
    static void *p[SIZES][MANY];
    free(opaque(malloc(100)));
    malloc_trim(0);
    uint64_t before = stats().committed_bytes;
    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < MANY; i++) CHECK(p[k][i] = malloc(8500 + 1000 * k));
    CHECK_GE(stats().committed_bytes, before + 90 * MIB);
    for (size_t k = 0; k < SIZES; k++)
        for (size_t i = 0; i < MANY; i++) free(p[k][i]);
    malloc_trim(0);
    // A size's current pool stays: some hundred KiB each.
    CHECK_LE(stats().committed_bytes, before + 8 * MIB);
    check_sound();
    return 0;
}
