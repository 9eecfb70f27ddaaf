// Overlapping chunks: a block's header is replaced by one that says it reaches over its neighbour, once made up and once
// the real one of a longer block that lay at the same place (an information leak gave it away). Freed and asked for
// again it would overlap the neighbour. Reported; the neighbour stays alone.
// profiles: default hardened
// violation: heap-buffer-
#include "attack.h"

int main(void) {
    unsigned char *a, *b;
    neighbours(30000, &a, &b);
    mark(b, 30000, 1);
    uint32_t *header = (uint32_t *)opaque(a - 16);
    CHECK_EQ(header[0], 30000);
    header[0] = 90000;
    free(a);
    CHECK_EQ(violations(), 1);
    check_no_control(b, 30000, 90000);
    CHECK(marked(b, 30000, 1));

    // Another's header, moved here.
    unsigned char *c, *d, *longer = malloc(90000);
    neighbours(30000, &c, &d);
    mark(d, 30000, 2);
    memcpy(opaque(c - 16), opaque(longer - 16), 16);
    free(c);
    CHECK_EQ(violations(), 2);
    check_no_control(d, 30000, 90000);
    CHECK(marked(d, 30000, 2));
    free(longer);
    live_a_little();
    return 0;
}
