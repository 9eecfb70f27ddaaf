// A program frees much at once that comes to the middle tier of every profile: what goes beyond a bound goes with the frees
// themselves, also where freed blocks wait before their pools have them.
// profiles: default hardened
// options: decay_ms=3600000
// modes: preload static
#include "check.h"

enum { SIZE = 100000, MANY = 2000 };

int main(void) {
    static char *p[MANY];
    char *pin = malloc(20000);  // an allocator that cannot give up the whole still gives up the rest
    size_t before = rss_kib();
    for (size_t i = 0; i < MANY; i++) memset(p[i] = malloc(SIZE), 1, SIZE);
    for (size_t i = 0; i < MANY; i++) free(p[i]);
    CHECK_LE(rss_kib(), before + 76 * KIB);
    free(pin);
    check_sound();
    return 0;
}
