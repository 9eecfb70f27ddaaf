// jemalloc's allocation functions: alignment and zeros by flags, sizes that agree, resizing in place and elsewhere, blocks
// that come by one of them and go by malloc's, and the other way round.
// modes: preload static
#include "jemalloc.h"

static const size_t sizes[] = {1, 8, 24, 100, 1000, 4096, SMALL_MAX, SMALL_MAX + 1, 100000, 400000, MIDDLE_MAX, 20 * MIB};
enum { SIZES = sizeof sizes / sizeof *sizes };

// Makes free memory that is not zero.
static void soil(size_t n) {
    void *p[8];
    for (int i = 0; i < 8; i++) memset(p[i] = malloc(n), 0xff, n);
    for (int i = 0; i < 8; i++) free(p[i]);
}

static void make(void) {
    for (size_t i = 0; i < SIZES; i++)
        for (unsigned log2 = 0; log2 <= 22; log2++)
            for (int zero = 0; zero < 2; zero++) {
                size_t n = sizes[i];
                if (n < MIB) soil(n);
                int flags = MALLOCX_LG_ALIGN(log2) | (zero ? MALLOCX_ZERO : 0) | (i % 2 ? MALLOCX_TCACHE_NONE : 0);
                CHECK_EQ(nallocx(n, flags), n);
                char *p = mallocx(n, flags);
                CHECK(p && aligned_to(p, (size_t)1 << log2) && aligned_to(p, 16));
                CHECK_EQ(sallocx(p, flags), n);
                CHECK_EQ(malloc_usable_size(p), n);
                if (zero) CHECK(all_zero(p, n));
                mark(p, n, i);
                CHECK(marked(p, n, i));
                if (log2 % 2) dallocx(p, flags);
                else sdallocx(p, n, flags);
            }
    CHECK_EQ(MALLOCX_ALIGN(4096), 12);
}

static void resize(void) {
    for (size_t i = 0; i < SIZES; i++)
        for (size_t k = 0; k < SIZES; k++)
            for (unsigned log2 = 0; log2 < 16; log2 += 5) {
                size_t from = sizes[i], to = sizes[k], less = from < to ? from : to;
                if (to < MIB) soil(to);
                int flags = MALLOCX_LG_ALIGN(log2) | MALLOCX_ZERO;
                char *p = k % 2 ? malloc(from) : mallocx(from, MALLOCX_LG_ALIGN(log2));
                fill(p, from, i);
                p = rallocx(p, to, flags);
                CHECK(p && aligned_to(p, (size_t)1 << log2) && aligned_to(p, 16));
                CHECK(holds(p, less, i) && all_zero(p + less, to - less));
                CHECK_EQ(sallocx(p, 0), to);
                if (k % 2) sdallocx(p, to, 0);
                else free(p);
            }
    char *p = rallocx(NULL, 100, MALLOCX_ZERO);
    CHECK(all_zero(p, 100));
    p = rallocx(p, 0, 0);  // never a free
    CHECK_EQ(sallocx(p, 0), 1);
    free(p);
}

static void in_place(void) {
    for (size_t i = 0; i < SIZES; i++) {
        size_t n = sizes[i];
        char *p = malloc(n);
        fill(p, n, i);
        size_t got = xallocx(p, n * 2 + 5000, 0, 0);  // may be, or not
        CHECK(got == n || got == n * 2 + 5000);
        CHECK(holds(p, n, i) && malloc_usable_size(p) == got);
        memset(p + n, 7, got - n);
        CHECK_EQ(xallocx(p, n, 0, 0), n);  // smaller always can
        CHECK(holds(p, n, i));
        got = xallocx(p, n, 3, 0);
        CHECK(got == n || got == n + 3);
        CHECK_EQ(xallocx(p, n, 0, 0), n);
        CHECK_EQ(xallocx(p, n, SIZE_MAX - n, 0), n);
        for (size_t less = n; less > 0; less /= 3) CHECK_EQ(xallocx(p, less, 0, 0), less);
        CHECK_EQ(xallocx(p, 0, 0, 0), 1);
        CHECK(holds(p, 1, i));
        sdallocx(p, 1, 0);
    }
}

static void too_much(void) {
    const size_t much[] = {SIZE_MAX, SIZE_MAX / 2, (size_t)1 << 62, ((size_t)1 << 47) + 1};
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQ(nallocx(much[i], 0), 0);
        errno = 0;
        CHECK(!mallocx(much[i], 0) && errno == ENOMEM);
        CHECK(!mallocx(much[i], MALLOCX_ZERO | MALLOCX_ALIGN(4096)));
        char *p = malloc(100);
        fill(p, 100, 3);
        CHECK(!rallocx(p, much[i], 0) && !rallocx(p, much[i], MALLOCX_ZERO));
        CHECK_EQ(xallocx(p, much[i], 0, 0), 100);
        CHECK(holds(p, 100, 3));
        free(p);
    }
    CHECK_EQ(nallocx(100, MALLOCX_LG_ALIGN(31)), 0);
    CHECK_EQ(nallocx(100, MALLOCX_LG_ALIGN(63)), 0);
    CHECK(!mallocx(100, MALLOCX_LG_ALIGN(31)) && !mallocx(100, MALLOCX_LG_ALIGN(63)));
}

int main(void) {
    make();
    resize();
    in_place();
    too_much();
    check_sound();
    return 0;
}
