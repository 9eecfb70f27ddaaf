// dam_check_heap finds the damage of live blocks without anybody freeing them, in every tier, and counts each once a walk.
// violation: heap-buffer-overflow
// modes: preload static
#include "misuse.h"

int main(void) {
    unsigned char *p[TIERS], *sound[TIERS];
    for (size_t i = 0; i < TIERS; i++) p[i] = malloc(tiers[i]), sound[i] = malloc(tiers[i]);
    CHECK_EQ(dam_check_heap(), 0);
    for (size_t i = 0; i < TIERS; i++) *(unsigned char *)opaque(p[i] + tiers[i]) ^= 0x80;
    CHECK_EQ(dam_check_heap(), TIERS);
    CHECK_EQ(violations(), TIERS);
    for (size_t i = 0; i < TIERS; i++) free(sound[i]);
    CHECK_EQ(violations(), TIERS);
    live_a_little();
    return 0;
}
