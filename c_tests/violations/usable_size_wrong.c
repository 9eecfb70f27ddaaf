// malloc_usable_size of freed and invalid pointers: reported and 0.
// violation: invalid-free
// expect: stderr contains "malloc_usable_size of 0x"
#include "misuse.h"

static char in_bss[100];

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        unsigned char *p = malloc(tiers[i]);
        CHECK_EQ(malloc_usable_size(opaque(p + 1)), 0);
        CHECK_EQ(violations(), ++expected);
        free(p);
        CHECK_EQ(malloc_usable_size(opaque(p)), 0);
        CHECK_EQ(violations(), ++expected);
    }
    void *const wrong[] = {in_bss, &expected, (void *)16, (void *)0x7ffffffff000, (void *)(uintptr_t)-32};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(malloc_usable_size(opaque(wrong[i])), 0);
        CHECK_EQ(violations(), ++expected);
    }
    check_reported(expected);
    return 0;
}
