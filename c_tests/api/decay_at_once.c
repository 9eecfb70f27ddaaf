// With decay_ms=0 the pages of freed blocks go back at once.
// In the other profiles 1 MiB of freed blocks waits, and that is all of the bound.
// holds: fast default
// options: decay_ms=0
// modes: preload static
#include "check.h"

int main(void) {
    size_t before = rss_kib();
    char *kept = malloc(20000), *p[7];
    for (size_t n = 100 * KIB; n <= 8 * MIB; n *= 9) {
        for (size_t i = 0; i < 7; i++) memset(p[i] = malloc(n), 1, n);
        for (size_t i = 0; i < 7; i++) free(p[i]);
        CHECK_LE(rss_kib(), before + 1 * KIB);
    }
    char *p8 = malloc(8 * MIB);
    memset(p8, 1, 8 * MIB);
    p8 = realloc(p8, 100 * KIB);
    CHECK_LE(rss_kib(), before + 1 * KIB);
    free(p8);
    free(kept);
    check_sound();
    return 0;
}
