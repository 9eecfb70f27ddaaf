// free(a), free(b), free(a): the pattern that defeats a look at the last freed block only, for every tier, with one and
// with a hundred blocks in between.
// violation: double-free
#include "misuse.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        size_t n = tiers[i], count = 100;
        if (n > 500000) continue;
        unsigned char *p[100], *guard = malloc(n);
        for (size_t k = 0; k < count; k++) p[k] = malloc(n);
        mark(guard, n, 3);
        for (size_t k = 0; k < count; k++) free(p[k]);
        free(opaque(p[0]));
        free(opaque(p[count / 2]));
        free(opaque(p[count - 1]));
        expected += 3;
        CHECK_EQ(violations(), expected);
        CHECK(marked(guard, n, 3));
        free(guard);
    }
    check_reported(expected);
    return 0;
}
