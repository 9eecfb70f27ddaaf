// A library the program is linked with allocates in its constructor, which runs before a preloaded allocator's own
// constructors, starts a thread there, and allocates and frees in its destructor, after main's.
// modes: preload
// link: early_library.c
// expect: stdout contains "library destructor done"
#include "check.h"

extern void *early_block(size_t i, size_t *n);

int main(void) {
    for (size_t i = 0; i < 300; i++) {
        size_t n;
        unsigned char *p = early_block(i, &n);
        CHECK(p && aligned_to(p, 16));
        CHECK(holds(p, n, i));
        free(p);
    }
    check_sound();
    return 0;
}
