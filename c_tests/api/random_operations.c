// A million random operations of every kind over all tiers against a shadow: contents, lengths, alignment, no overlap.
// modes: preload static local local-asan ubsan
// timeout: 180
#include "check.h"

enum { SLOTS = 3000 };
static struct { unsigned char *p; size_t n; uint64_t seed; } slot[SLOTS];

static size_t some_size(uint64_t *s) {
    uint64_t r = rnd(s) % 1000;
    if (r < 700) return rnd(s) % 600;
    if (r < 940) return rnd(s) % 17000;
    if (r < 995) return rnd(s) % (200 * KIB);
    return rnd(s) % (12 * MIB);
}

static void put(size_t i, void *p, size_t n, uint64_t seed) {
    CHECK(p);
    if (dam_version) CHECK_EQ(malloc_usable_size(p), n);
    slot[i].p = p, slot[i].n = n, slot[i].seed = seed;
    if (n) mark(p, n, seed);
}

int main(void) {
    uint64_t s = 0x9E3779B97F4A7C15ull;
    for (uint64_t step = 0; step < 1000000; step++) {
        size_t i = rnd(&s) % SLOTS, n = some_size(&s);
        if (!slot[i].p) {
            size_t a = (size_t)1 << rnd(&s) % 13;
            switch (rnd(&s) % 4) {
            case 0: put(i, aligned_alloc(a, n), n, step); CHECK(aligned_to(slot[i].p, a)); break;
            case 1: {
                unsigned char *p = calloc(1, n);
                CHECK(p && (n == 0 || (all_zero(p, n < 100 ? n : 100) && p[n - 1] == 0 && p[n / 2] == 0)));
                put(i, p, n, step);
                break;
            }
            default: put(i, malloc(n), n, step);
            }
        } else {
            CHECK(marked(slot[i].p, slot[i].n, slot[i].seed) || slot[i].n == 0);
            if (rnd(&s) % 3 == 0 && n > 0) {
                size_t common = slot[i].n < n ? slot[i].n : n;
                unsigned char *p = realloc(slot[i].p, n);
                CHECK(p && (slot[i].n < 128 || holds(p, common < 64 ? common : 64, slot[i].seed)));
                put(i, p, n, step);
            } else {
                free(slot[i].p);
                slot[i].p = NULL;
            }
        }
        if (step % 250000 == 0 && dam_check_heap) CHECK_EQ(dam_check_heap(), 0);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        CHECK(!slot[i].p || slot[i].n == 0 || marked(slot[i].p, slot[i].n, slot[i].seed));
        free(slot[i].p);
    }
    check_sound();
    return 0;
}
