// A block whose size is a multiple of sixteen ends at a page that faults: one byte more is one too many.
// options: profile=paranoid
// expect: signal SIGSEGV
#include "check.h"

int main(void) {
    for (size_t n = 16; n <= 20 * MIB; n *= 2) {
        unsigned char *p = malloc(n);
        memset(p, 1, n);
        CHECK_EQ(malloc_usable_size(p), n);
        free(p);
    }
    unsigned char *p = malloc(48);
    p[47] = 1;
    *(unsigned char *)opaque(p + 48) = 1;
    return 0;
}
