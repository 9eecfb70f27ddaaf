// Mmap-chunk attack: the size in front of a block with a mapping of its own is made larger, so that its free would unmap,
// or hand out again, the neighbour too. In front of such a block of DAM there is nothing to write to; forged numbers behind
// its end are reported, and the neighbour stays.
// profiles: default hardened
// violation: heap-buffer-overflow
#include "attack.h"

static unsigned char *block;

static void front(void *unused) {
    (void)unused;
    ((volatile size_t *)opaque(block))[-1] = 40 << 20;
}

int main(void) {
    static const size_t sizes[] = {9000001, 12345678};
    for (size_t i = 0; i < 2; i++) {
        unsigned char *a = malloc(sizes[i]), *b = malloc(sizes[i]), *c = malloc(sizes[i]);
        mark(a, sizes[i], 1), mark(c, sizes[i], 2);
        block = b;
        CHECK(DIED_BY(in_child(front, NULL), SIGSEGV));
        memset(opaque(b + sizes[i]), 0x7f, 8);
        free(b);
        CHECK_EQ(violations(), i + 1);
        check_no_control(a, sizes[i], 2 * sizes[i]);
        check_no_control(c, sizes[i], sizes[i]);
        CHECK(marked(a, sizes[i], 1) && marked(c, sizes[i], 2));
        free(a), free(c);
    }
    check_reported(2);
    return 0;
}
