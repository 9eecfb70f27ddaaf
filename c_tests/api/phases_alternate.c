// A program that builds one structure, gives it back and builds another of other sizes, in turn and again and again, does
// not hold the memory of both: what has lain idle for a while goes back as the other grows, long before it has decayed.
// modes: preload static
// options: decay_ms=60000
#include "check.h"

enum { BYTES = 24 * MIB };
static void *block[BYTES / 48];

static size_t build_and_drop(size_t size) {
    size_t count = BYTES / size;
    for (size_t i = 0; i < count; i++) fill(block[i] = malloc(size), size, i);
    size_t held = rss_kib();
    for (size_t i = 0; i < count; i++) {
        CHECK(holds(block[i], size, i));
        free(block[i]);
    }
    sleep_ms(50);
    return held;
}

int main(void) {
    size_t alone = build_and_drop(56);
    for (int round = 0; round < 4; round++) {
        CHECK_LE(build_and_drop(248), alone * 3 / 2);
        CHECK_LE(build_and_drop(56), alone * 3 / 2);
    }
    check_sound();
    return 0;
}
