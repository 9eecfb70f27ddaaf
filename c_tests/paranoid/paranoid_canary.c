// What stays between a block's end and the guard page, or in front of the block on its page, is found at free.
// options: profile=paranoid:on_violation=continue
// expect: stderr contains "heap-buffer-overflow: free of 0x"
// expect: stderr contains "block of 13 bytes, first damaged byte at offset 13, found 00"
// expect: stderr contains "heap-buffer-underflow: free of 0x"
// expect: stderr contains "block of 50 bytes, first damaged byte at offset -1, found 00"
// talkative: yes
#include "misuse.h"

int main(void) {
    unsigned char *p = malloc(13), *q = malloc(50);
    *(unsigned char *)opaque(p + 13) = 0;
    free(p);
    CHECK_EQ(violations(), 1);
    *(unsigned char *)opaque(q - 1) = 0;
    free(q);
    CHECK_EQ(violations(), 2);
    CHECK(dam_check_heap() == 0);
    CHECK_EQ(violations(), 2);
    return 0;
}
