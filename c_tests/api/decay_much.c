// However much is freed: what is long free goes back within two decays while the program goes on with a little.
// The other profiles keep no freed block of more than 128 KiB at hand.
// holds: fast default
// options: decay_ms=1000
// modes: preload static
#include "check.h"

int main(void) {
    enum { LIVE = 400, MANY = 150 };
    static char *live[LIVE], *p[MANY];
    for (size_t i = 0; i < LIVE; i++) live[i] = malloc(8 * MIB - 100);  // never touched: only to be much beside what is freed
    size_t before = rss_kib();
    for (size_t i = 0; i < MANY; i++) memset(p[i] = malloc(MIB), 1, MIB);
    for (size_t i = 0; i < MANY; i++) free(p[i]);
    CHECK_GE(rss_kib(), before + 110 * KIB);
    double end = now() + 2.5;
    while (now() < end) {
        for (size_t i = 0; i < 2000; i++) free(opaque(malloc(30000)));
        sleep_ms(10);
    }
    CHECK_LE(rss_kib(), before + 16 * KIB);
    for (size_t i = 0; i < LIVE; i++) free(live[i]);
    check_sound();
    return 0;
}
