// House of lore: a freed block's backward link leads to a forged block on the stack, which one of the next requests would
// get. Free blocks of DAM hold no links, so nothing is followed; hardened also finds the write.
// Without the sample, which finds some of this by chance.
// options: sample_frees=0
// profiles: default hardened
// violation: use-after-free in hardened
#include "attack.h"

int main(void) {
    static const size_t sizes[] = {200, 1200, 30000, 100000};
    uintptr_t fake[2][8];
    memset(fake, 0, sizeof fake);
    for (size_t i = 0; i < 4; i++) {
        unsigned char *freed = malloc(sizes[i]), *wall = malloc(sizes[i]);
        uintptr_t *links = opaque(freed);
        fake[0][2] = (uintptr_t)(freed - 16), fake[0][3] = (uintptr_t)fake[1];
        fake[1][2] = (uintptr_t)fake[0];
        free(freed);
        free(malloc(2 * sizes[i] + 1000));  // it would be put in its bin now
        links[0] = (uintptr_t)fake[0], links[1] = (uintptr_t)fake[0];
        for (size_t round = 0; round < 3; round++) check_no_control(fake, sizeof fake, sizes[i]);
        check_no_control(wall, sizes[i], sizes[i]);
        free(wall);
    }
    CHECK(fake[0][3] == (uintptr_t)fake[1]);
    CHECK_EQ(violations() > 0, under("hardened"));
    live_a_little();
    return 0;
}
