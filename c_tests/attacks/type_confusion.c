// Type confusion by reuse: pointers to freed blocks of one small size are kept, and everything else is allocated, small and
// large. A place of one size never becomes the inside of a block of another. What may happen is that two sizes of which
// neither is half as long again as the other were lent the same larger slot: then both begin at its start.
// profiles: default hardened
#include "attack.h"

enum { MANY = 4000 };
static uintptr_t old[MANY];

// The last of the old blocks that begins at or below `at`.
static const uintptr_t *before(uintptr_t at) {
    size_t low = 0, high = MANY;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (old[middle] <= at) low = middle + 1; else high = middle;
    }
    return low ? &old[low - 1] : NULL;
}

static void check_apart(size_t was, uintptr_t block, size_t size) {
    const uintptr_t *below = before(block + size - 1);
    if (!below || *below + was <= block) return;
    CHECK_EQ(*below, block);
    CHECK_LE(size, was + was / 2 + 64);
    CHECK_LE(was, size + size / 2 + 64);
}

int main(void) {
    static const size_t sizes[] = {24, 48, 100, 200, 500, 1000, 2000, 4000};
    for (size_t i = 0; i < 8; i++) {
        for (size_t k = 0; k < MANY; k++) CHECK(old[k] = (uintptr_t)malloc(sizes[i]));
        qsort(old, MANY, sizeof *old, by_start);
        for (size_t k = 0; k < MANY; k++) free((void *)old[k]);
        for (size_t size = 1; size < 40000; size += size / 5 + 7) {
            uintptr_t got[300];
            for (size_t k = 0; k < 300; k++) {
                CHECK(got[k] = (uintptr_t)malloc(size));
                check_apart(sizes[i], got[k], size);
            }
            for (size_t k = 0; k < 300; k++) free((void *)got[k]);
        }
    }
    check_sound();
    return 0;
}
