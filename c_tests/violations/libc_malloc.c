// Programs that call the C library's __libc_malloc by name keep a second heap: both work side by side, and a block of the
// one given to the other is reported and left alone.
// violation: invalid-free
// modes: preload
#include "misuse.h"

extern void *__libc_malloc(size_t);
extern void __libc_free(void *);

int main(void) {
    for (size_t n = 1; n < MIB; n = n * 3 + 1) {
        unsigned char *theirs = __libc_malloc(n), *ours = malloc(n);
        CHECK(theirs && ours);
        mark(theirs, n, 1), mark(ours, n, 2);
        CHECK(marked(theirs, n, 1) && marked(ours, n, 2));
        __libc_free(theirs);
        free(ours);
    }
    unsigned char *theirs = __libc_malloc(200);
    fill(theirs, 200, 1);
    free(theirs);
    CHECK_EQ(violations(), 1);
    CHECK(holds(theirs, 200, 1));
    __libc_free(theirs);
    check_reported(1);
    return 0;
}
