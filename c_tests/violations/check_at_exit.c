// The heap check at exit finds what nobody freed and nobody else looked at.
// options: check_at_exit=1
// expect: stderr contains "DAM: heap-buffer-overflow: heap check of 0x"
// expect: stderr contains "block of 77 bytes"
#include "check.h"

int main(void) {
    unsigned char *p = malloc(77);
    *(unsigned char *)opaque(p + 77) ^= 1;
    return 0;
}
