// Small blocks, freed all at once: what lies idle beyond a bound goes with the frees themselves, not by the clock.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// options: decay_ms=3600000
// modes: preload static
#include "check.h"

enum { BYTES = 128 * MIB, SIZE = 1000, COUNT = BYTES / SIZE, KEPT = 100 };

int main(void) {
    static char *block[COUNT];
    size_t before = rss_kib();
    for (size_t i = 0; i < COUNT; i++) fill(block[i] = malloc(SIZE), SIZE, i);
    CHECK_GE(rss_kib(), before + BYTES / KIB);
    for (size_t i = 0; i < COUNT; i++) {
        if (i % KEPT) free(block[i]);
    }
    // The last frees may have come too soon after a look.
    for (double end = now() + 40; rss_kib() > before + 32 * KIB; go_on_a_little()) CHECK(now() < end);
    for (size_t i = 0; i < COUNT; i += KEPT) {
        CHECK(holds(block[i], SIZE, i));
        free(block[i]);
    }
    check_sound();
    return 0;
}
