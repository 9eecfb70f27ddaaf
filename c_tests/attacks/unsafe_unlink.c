// Unsafe unlink: an overflow forges the next block's header as that of a block behind a free one, with links to the
// victim's pointer, then the next block is freed. The headers are under a keyed checksum: reported, nothing is joined.
// profiles: default hardened
// violation: heap-buffer-
#include "attack.h"

static uintptr_t *victim;

int main(void) {
    unsigned char *a, *b;
    neighbours(30000, &a, &b);
    victim = (uintptr_t *)a;
    uintptr_t *fake = (uintptr_t *)a, *header = (uintptr_t *)opaque(b - 16);
    fake[0] = 0, fake[1] = (uintptr_t)(b - a);
    fake[2] = (uintptr_t)&victim - 24, fake[3] = (uintptr_t)&victim - 16;
    header[0] = (uintptr_t)(b - a), header[1] = 30016;  // the one in front is free
    free(b);
    CHECK_EQ(violations(), 1);
    CHECK(victim == (uintptr_t *)a);
    check_no_control(a, 30000, 30000);
    check_no_control(&victim, sizeof victim, 60000);
    CHECK(victim == (uintptr_t *)a);
    live_a_little();
    return 0;
}
