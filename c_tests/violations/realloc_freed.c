// realloc of a freed block: reported, NULL, and the place where the block was is not resurrected.
// violation: double-free
// expect: stderr contains "realloc of 0x"
#include "misuse.h"

int main(void) {
    for (size_t i = 0; i < TIERS; i++) {
        void *p = malloc(tiers[i]);
        free(p);
        errno = 0;
        void *q = realloc(opaque(p), tiers[i] * 2);
        CHECK(q == NULL);
        CHECK(errno != 0);
        CHECK_EQ(violations(), i + 1);
    }
    check_reported(TIERS);
    return 0;
}
