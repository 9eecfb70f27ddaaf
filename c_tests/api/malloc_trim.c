// malloc_trim(0) gives the memory of freed blocks back to the system at once, in every tier, and leaves live blocks alone.
// The second call has nothing left to give.
// options: decay_ms=3600000
// modes: preload static local
// timeout: 120
#include "check.h"

static void run(size_t n, size_t count) {
    static char *p[400000];
    memset(p, 0, sizeof p);  // so that the list itself is in the figure from the start
    malloc_trim(0);
    size_t before = rss_kib();
    for (size_t i = 0; i < count; i++) memset(p[i] = malloc(n), 1, n);
    size_t full = rss_kib();
    CHECK_GE(full, before + n * count / KIB * 9 / 10);
    fill(p[count / 2], n, 4);
    for (size_t i = 0; i < count; i++)
        if (i != count / 2) free(p[i]);
    int gave = malloc_trim(0);
    size_t after = rss_kib();
    CHECK_LE(after, before + (full - before) / 10 + n / KIB + 2048);
    CHECK(gave == 0 || gave == 1);
    CHECK(holds(p[count / 2], n, 4));
    free(p[count / 2]);
}

int main(void) {
    run(64, 400000);
    run(1000, 50000);
    run(16000, 4000);
    run(100000, 600);
    run(1000000, 64);
    run(10 * MIB, 8);
    check_sound();
    return 0;
}
