// Memory that lies idle goes back long before decay_ms, in every tier, while the program goes on with little.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// options: decay_ms=100000
// modes: preload static
#include "check.h"

static void use_and_drop(size_t size) {
    enum { BYTES = 64 * MIB };
    static char *block[BYTES / 1000];
    size_t before = rss_kib(), count = BYTES / size;
    for (size_t i = 0; i < count; i++) memset(block[i] = malloc(size), 1, size);
    CHECK_GE(rss_kib(), before + BYTES / KIB * 3 / 4);
    for (size_t i = 0; i < count; i++) free(block[i]);
    for (double end = now() + 40; rss_kib() > before + BYTES / KIB / 4; go_on_a_little()) CHECK(now() < end);
}

int main(void) {
    go_on_a_little();
    use_and_drop(1000);
    use_and_drop(30000);
    use_and_drop(16 * MIB);
    check_sound();
    return 0;
}
