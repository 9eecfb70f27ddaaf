// sdallocx with another size than the block's is reported, and frees all the same; jemalloc's functions report what is no
// block as malloc's do.
// violation: size-mismatch
// modes: preload static
#include "jemalloc.h"

int main(void) {
    uint64_t expected = 0;
    for (size_t n = 10; n < 20 * MIB; n *= 40) {
        sdallocx(mallocx(n, 0), n + 1, 0);
        CHECK_EQ(violations(), ++expected);
        sdallocx(mallocx(n, 0), n - 1, 0);
        CHECK_EQ(violations(), ++expected);
        sdallocx(mallocx(n, 0), nallocx(n, 0), 0);
        CHECK_EQ(violations(), expected);
    }
    char *p = mallocx(1000, 0), *inside = p + 16;
    CHECK_EQ(sallocx(inside, 0), 0);
    CHECK_EQ(violations(), ++expected);
    CHECK(!rallocx(inside, 2000, 0));
    CHECK_EQ(violations(), ++expected);
    CHECK(!rallocx(inside, 2000, MALLOCX_ZERO));
    CHECK_EQ(violations(), ++expected);
    dallocx(inside, 0);
    CHECK_EQ(violations(), ++expected);
    CHECK_EQ(xallocx(inside, 10, 0, 0), 0);
    CHECK_GE(violations(), ++expected);
    CHECK_EQ(sallocx(p, 0), 1000);
    dallocx(p, 0);
    return 0;
}
