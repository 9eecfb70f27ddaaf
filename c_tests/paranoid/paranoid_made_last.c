// Damage to the block made last is found by the next operation, though the block is never freed.
// options: profile=paranoid:on_violation=continue
// expect: stderr contains "heap-buffer-overflow: heap check of 0x"
// expect: stderr contains "block of 13 bytes, first damaged byte at offset 13, found 00"
// expect: stderr contains "heap-buffer-underflow: heap check of 0x"
// expect: stderr contains "block of 300050 bytes, first damaged byte at offset -1, found 00"
// talkative: yes
#include "misuse.h"

int main(void) {
    void *other = malloc(20);
    unsigned char *p = malloc(13);
    *(unsigned char *)opaque(p + 13) = 0;
    CHECK_EQ(violations(), 0);
    free(other);
    CHECK_EQ(violations(), 1);
    unsigned char *q = malloc(300050);
    *(unsigned char *)opaque(q - 1) = 0;
    other = opaque(malloc(20));
    CHECK_EQ(violations(), 2);
    free(other);
    CHECK_EQ(violations(), 2);
    return 0;
}
