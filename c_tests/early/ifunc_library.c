// A library whose IFUNC resolver allocates while the dynamic linker relocates it, when a preloaded library may not have
// been relocated yet: the block is usable in main.
// modes: preload
// link: ifunc_library.c
#include "check.h"

extern int chosen(void);
extern void *resolver_block(void);

int main(void) {
    CHECK_EQ(chosen(), 42);
    unsigned char *p = resolver_block();
    if (p) {
        CHECK(holds(p, 100, 3));
        free(p);
    }
    check_sound();
    return 0;
}
