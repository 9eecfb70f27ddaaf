// Live bytes are part of the committed ones, those of the reserved ones, also where address space is limited and nothing
// is reserved in advance.
// modes: preload static local
#include "again.h"

static void limit(void *arg) {
    (void)arg;
    struct rlimit r = {2 * GIB, 2 * GIB};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

static void nested(void) {
    dam_stats_t s = stats();
    CHECK_GE(s.live_bytes, s.requested_bytes);
    CHECK_GE(s.committed_bytes, s.live_bytes);
    CHECK_GE(s.reserved_bytes, s.committed_bytes);
}

static int role(void) {
    const size_t sizes[] = {0, 10, 1000, 16376, 16377, 500000, 8388608, 8388609, 40 * MIB};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    void *p[COUNT];
    uint64_t reserved = stats().reserved_bytes;
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(p[i] = malloc(sizes[i]));
        nested();
    }
    CHECK_GE(stats().reserved_bytes, reserved + 48 * MIB);  // the large ones have addresses of their own
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(p[i] = realloc(p[i], 2 * sizes[i] + 1));
        nested();
    }
    for (size_t i = 0; i < COUNT; i++) {
        free(p[i]);
        nested();
    }
    malloc_trim(0);
    nested();
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (!dam_version) return 0;
    if (argc == 1) CHECK_EQ(again("limited", limit, NULL), 0);
    return role();
}
