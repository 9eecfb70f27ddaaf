// Tcache poisoning: a write into a freed block, where other allocators keep the link to the next free one, then requests
// until the forged link would be followed. DAM keeps no links in blocks; hardened also finds the write.
// Without the sample, which finds some of this by chance.
// options: sample_frees=0
// profiles: default hardened
// violation: use-after-free in hardened
#include "attack.h"

static uintptr_t target[64];

int main(void) {
    static const size_t sizes[] = {24, 100, 1000, 9000, 30000};
    for (size_t i = 0; i < 5; i++) {
        unsigned char *a = malloc(sizes[i]), *b = malloc(sizes[i]);
        free(a), free(b);
        uintptr_t *freed = opaque(b);
        freed[0] = (uintptr_t)target, freed[1] = (uintptr_t)target;
        for (size_t round = 0; round < 3; round++) check_no_control(target, sizeof target, sizes[i]);
    }
    CHECK(all_zero(target, sizeof target));
    CHECK_EQ(violations() > 0, under("hardened"));
    live_a_little();
    return 0;
}
