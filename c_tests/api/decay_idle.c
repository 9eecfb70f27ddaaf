// A program that frees much and then falls idle keeps little of it, though nothing happens that could give it back later:
// what goes beyond a bound goes with the frees themselves. But what it soon needs again, and again, it may keep.
// The other profiles keep no freed block of more than 128 KiB at hand (what smaller ones leave: decay_waiting.c).
// holds: fast default
// options: decay_ms=3600000
// modes: preload static
#include "again.h"

static size_t faults(void) {
    struct rusage usage;
    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    return (size_t)usage.ru_minflt;
}

static void build_and_free(size_t n) {
    static char *p[200 * MIB / 100000];
    for (size_t i = 0; i < 200 * MIB / n; i++) memset(p[i] = malloc(n), 1, n);
    for (size_t i = 0; i < 200 * MIB / n; i++) free(p[i]);
}

static int role(size_t n) {
    char *pin = malloc(20000);  // an allocator that cannot give up the whole still gives up the rest
    size_t before = rss_kib();
    build_and_free(n);
    CHECK_LE(rss_kib(), before + 76 * KIB);
    for (size_t round = 0; round < 4; round++) build_and_free(n);
    size_t faulted = faults();
    build_and_free(n);
    CHECK_LE(faults() - faulted, 2000);
    CHECK_LE(rss_kib(), before + 256 * KIB);
    free(pin);
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return role((size_t)atol(argv[1]));
    CHECK_EQ(again("100000", NULL, NULL), 0);
    CHECK_EQ(again("1000000", NULL, NULL), 0);
    CHECK_EQ(again("5000000", NULL, NULL), 0);
    return 0;
}
