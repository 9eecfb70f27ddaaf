// mallinfo2 tells the truth: bytes in use grow and fall with what the program holds, large blocks beside the others, as in
// glibc; mallinfo gives the same figures as far as an int reaches.
// In paranoid each block has pages of its own, which is more than twice what was asked.
// holds: fast default hardened
// modes: preload static
#include "check.h"

int main(void) {
    enum { MANY = 4000 };
    static void *p[MANY];
    size_t asked = 0;
    free(malloc(1));
    struct mallinfo2 start = mallinfo2();
    for (size_t i = 0; i < MANY; i++) {
        size_t n = i % 50 == 0 ? 200000 : i % 7 * 300 + 20;
        asked += n;
        memset(p[i] = malloc(n), 1, n);
    }
    void *large = malloc(64 * MIB);
    mark(large, 64 * MIB, 1);
    struct mallinfo2 full = mallinfo2();
    size_t used = full.uordblks + full.hblkhd - start.uordblks - start.hblkhd;
    CHECK_GE(used, asked + 64 * MIB);
    CHECK_LE(used, (asked + 64 * MIB) * 2);
    CHECK_GE(full.hblkhd, 64 * MIB);
    CHECK_GE(full.hblks, 1);
    CHECK_LE(full.uordblks - start.uordblks, asked * 2);
    CHECK_EQ(full.arena, full.uordblks + full.fordblks);
    CHECK_LE(full.fsmblks + full.keepcost, full.fordblks);
    CHECK(full.usmblks == 0 && full.ordblks + full.smblks >= 1);
    struct mallinfo old = mallinfo();
    CHECK_GE((size_t)old.uordblks + (size_t)old.hblkhd, asked + 64 * MIB);

    for (size_t i = 0; i < MANY; i++) free(p[i]);
    free(large);
    struct mallinfo2 end = mallinfo2();
    CHECK_LE(end.uordblks + end.hblkhd, start.uordblks + start.hblkhd + 100000);
    CHECK_EQ(end.hblks, start.hblks);
    CHECK_GE(end.keepcost, MIB);
    malloc_trim(0);
    CHECK_LE(mallinfo2().keepcost, MIB);
    check_sound();
    return 0;
}
