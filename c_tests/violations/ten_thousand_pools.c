// Ten thousand pools are damaged, one after the other: each is put out of use, blocks that lived in them stay whole and can be
// freed, and the process goes on. Reports end at a thousand.
// In paranoid there are no pools: a damaged block's own pages are what is closed.
// holds: fast default hardened
// modes: preload static
// talkative: yes
// expect: stderr contains "further violations are only counted"
#include "misuse.h"

enum { POOLS = 10000, KEPT = 100 };

int main(void) {
    unsigned char *kept[KEPT];
    for (size_t i = 0; i < POOLS; i++) {
        unsigned char *p = malloc(100);
        CHECK(p);
        if (i % (POOLS / KEPT) == 0) {
            unsigned char *q = kept[i / (POOLS / KEPT)] = malloc(100);
            CHECK(q);
            mark(q, 100, i);
        }
        *(unsigned char *)opaque(p + 100) ^= 1;
        free(p);
    }
    CHECK_EQ(violations(), POOLS);
    if (dam_get_stats) CHECK(stats().pools_quarantined >= POOLS);
    for (size_t i = 0; i < KEPT; i++) {
        CHECK(marked(kept[i], 100, i * (POOLS / KEPT)));
        free(kept[i]);
    }
    check_reported(POOLS);
    return 0;
}
