// With guard=front a block begins right behind a page that faults, whatever its size.
// options: profile=paranoid:guard=front
// expect: signal SIGSEGV
#include "check.h"

int main(void) {
    for (size_t n = 1; n <= 100000; n = n * 3 + 1) {
        unsigned char *p = malloc(n);
        CHECK_EQ((uintptr_t)p % PAGE, 0);
        memset(p, 1, n);
        free(p);
    }
    unsigned char *p = malloc(13);
    *(unsigned char *)opaque(p - 1) = 1;
    return 0;
}
