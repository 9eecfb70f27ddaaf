// Every so many milliseconds whoever comes by a slow path checks the whole heap.
// options: check_every=20
// expect: stderr contains "DAM: heap-buffer-overflow: heap check of 0x"
#include "check.h"

int main(void) {
    unsigned char *p = malloc(77);
    *(unsigned char *)opaque(p + 77) ^= 1;
    for (double end = now() + 20; violations() == 0;) {
        CHECK(now() < end);
        go_on_a_little();
    }
    return 0;
}
