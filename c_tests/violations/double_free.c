// A block freed twice in a row, in every tier: the second free is reported and dropped.
// violation: double-free
#include "misuse.h"

int main(void) {
    for (size_t i = 0; i < TIERS; i++) {
        unsigned char *p = malloc(tiers[i]), *neighbour = malloc(tiers[i]);
        mark(neighbour, tiers[i], i);
        free(p);
        free(opaque(p));
        CHECK_EQ(violations(), i + 1);
        unsigned char *a = malloc(tiers[i]), *b = malloc(tiers[i]);
        CHECK(a != b);
        CHECK(marked(neighbour, tiers[i], i));
        free(neighbour), free(a), free(b);
        CHECK_EQ(violations(), i + 1);
    }
    check_reported(TIERS);
    return 0;
}
