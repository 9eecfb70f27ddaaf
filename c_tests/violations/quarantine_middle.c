// However damage to a middle block, or a second free of one, is found: no block comes from its pool afterwards, and those
// that live there can be used and freed.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
#include "misuse.h"

enum { BLOCKS = 8, MANY = 60, SIZE = 50000 };

static uintptr_t pool_of(void *p) { return (uintptr_t)p / (32 * MIB); }

// The block is damaged, or freed twice, and that is found; where it is not gone then, the damage is undone.
static void misuse(int how, unsigned char *p) {
    unsigned char *end = opaque(p + SIZE), *front = opaque(p - 1);
    switch (how) {
    case 0: *end ^= 1, free(p); break;
    case 1: *end ^= 1; CHECK(realloc(p, 2 * SIZE) == NULL); *end ^= 1; break;
    case 2: *end ^= 1; CHECK_EQ(dam_check_heap(), 1); *end ^= 1; break;
    case 3: *front ^= 1, free(p); break;
    case 4: *front ^= 1; CHECK(realloc(p, 2 * SIZE) == NULL); *front ^= 1; break;
    case 5: *front ^= 1; CHECK_EQ(malloc_usable_size(p), 0); *front ^= 1; break;
    case 6: free(p), free(opaque(p)); break;
    }
}

int main(void) {
    for (int how = 0; how < 7; how++) {
        unsigned char *p[BLOCKS], *q[MANY];
        for (size_t i = 0; i < BLOCKS; i++) mark(p[i] = malloc(SIZE), SIZE, i);
        misuse(how, p[BLOCKS / 2]);
        CHECK_EQ(violations(), how + 1);
        CHECK_EQ(stats().pools_quarantined, how + 1);
        for (size_t i = 0; i < MANY; i++) {
            CHECK(q[i] = malloc(SIZE));
            for (size_t k = 0; k < BLOCKS; k++) CHECK(pool_of(q[i]) != pool_of(p[k]));
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            if (i == BLOCKS / 2) continue;
            CHECK(marked(p[i], SIZE, i));
            free(p[i]);
        }
        for (size_t i = 0; i < MANY; i++) free(q[i]);
        CHECK_EQ(violations(), how + 1);
    }
    live_a_little();
    CHECK_EQ(violations(), 7);
    return 0;
}
