// malloc_trim(0) gives everything back in one call, though the allocator was in the middle of giving pages back by itself.
// options: decay_ms=1000
// modes: preload static
#include "check.h"

int main(void) {
    char *low = malloc(3 * MIB), *wall = malloc(20000), *high = malloc(8 * MIB - 100), *end = malloc(20000);
    memset(low, 1, 3 * MIB);
    memset(high, 1, 8 * MIB - 100);
    malloc_trim(0);
    size_t all = rss_kib();
    free(high);
    double stop = now() + 20;
    while (rss_kib() > all - 3 * KIB) {  // until some of it has gone
        CHECK(now() < stop);
        for (size_t i = 0; i < 8; i++) free(opaque(malloc(20000)));
        sleep_ms(20);
    }
    free(low);
    malloc_trim(0);
    CHECK_LE(rss_kib(), all - 10 * KIB);
    free(wall);
    free(end);
    check_sound();
    return 0;
}
