// Large buffers come and go without end, ten alive. What is freed is needed again at once, so the bound on idle memory gives way:
// page faults stay at what time has earned (two a millisecond), whatever holes the buffers leave.
// The other profiles keep no freed block of more than 128 KiB at hand.
// holds: fast default
// modes: preload static
#include "check.h"

#include <sys/resource.h>

enum { ALIVE = 10, FIRST = 1000, STEPS = 4000 };

static long faults(void) {
    struct rusage usage;
    CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_minflt;
}

int main(void) {
    if (!dam_version) return 0;
    char *p[ALIVE] = {0};
    uint64_t s = 1;
    long before = 0;
    double began = 0;
    for (int i = 0; i < FIRST + STEPS; i++) {
        if (i == FIRST) before = faults(), began = now();
        size_t at = rnd(&s) % ALIVE, octave = (size_t)64 * KIB << rnd(&s) % 7, n = octave + rnd(&s) % octave;
        free(p[at]);
        CHECK(p[at] = malloc(n));
        for (size_t k = 0; k < n; k += 4096) p[at][k] = 1;
    }
    double ms = (now() - began) * 1000;
    CHECK_LE(faults() - before, 20000 + 4 * (long)ms);
    for (size_t i = 0; i < ALIVE; i++) free(p[i]);
    check_sound();
    return 0;
}
