// Poison null byte: one zero byte behind a string fills its block, where other allocators keep the low byte of the next
// block's size. Reported when the block is freed, whatever it hits.
// profiles: default hardened
// violation: heap-buffer-overflow
#include "attack.h"

int main(void) {
    static const size_t sizes[] = {1, 8, 24, 25, 100, 1000, 4096, 9000, 30000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *a, *b;
        neighbours(sizes[i], &a, &b);
        mark(b, sizes[i], i);
        ((unsigned char *)opaque(a))[sizes[i]] = 0;
        uint64_t before = violations();
        free(a);
        CHECK_EQ(violations(), before + 1);
        check_no_control(b, sizes[i], sizes[i]);
        CHECK(marked(b, sizes[i], i));
        free(b);  // where it lies close behind, the same byte is in front of it
    }
    live_a_little();
    return 0;
}
