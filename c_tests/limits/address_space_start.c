// Large address-space limits, where a window layout has most to fit in: a program starts and works under each power of two
// from 256 MiB to 1 TiB.
// modes: preload static
#include "again.h"

static void limit(void *bytes) {
    struct rlimit r = {(size_t)bytes, (size_t)bytes};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        live_a_little();
        check_sound();
        return 0;
    }
    for (size_t bytes = 256 * MIB; bytes <= 1024 * GIB; bytes *= 2) CHECK_EQ(again("x", limit, (void *)bytes), 0);
    return 0;
}
