// What an impossible alignment does: aligned_alloc(3, n) and (0, n) NULL and EINVAL, a size that is no multiple is
// accepted, memalign rounds up to a power of two, posix_memalign returns its code and leaves errno and the pointer alone.
#include "check.h"

static void refused(void *p, int code) {
    CHECK(p == NULL);
    CHECK_EQ(errno, code);
    errno = 0;
}

int main(void) {
    errno = 0;
    if (dam_version) {  // older C libraries accept these
        refused(aligned_alloc(3, 64), EINVAL);
        refused(aligned_alloc(0, 64), EINVAL);
        refused(aligned_alloc(48, 96), EINVAL);
    }
    refused(aligned_alloc(64, SIZE_MAX - 32), ENOMEM);
    refused(memalign(4096, PTRDIFF_MAX), ENOMEM);
    errno = 0;
    CHECK(aligned_alloc((size_t)1 << 63, 64) == NULL);  // beyond 1 GiB: impossible, or not supported
    CHECK(errno == ENOMEM || errno == EINVAL);
    errno = 0;
    CHECK(memalign((size_t)1 << 62, (size_t)1 << 62) == NULL);
    CHECK(errno == ENOMEM || errno == EINVAL);

    void *odd = aligned_alloc(64, 100);
    CHECK(odd && aligned_to(odd, 64));
    free(odd);
    for (size_t a = 0; a < 300; a++) {  // rounded up: 24 becomes 32, 0 the usual alignment
        size_t power = 16;
        while (power < a) power *= 2;
        void *p = memalign(a, 50);
        CHECK(p && aligned_to(p, power));
        free(p);
    }

    void *const mine = &odd;
    void *p = mine;
    const size_t bad[] = {0, 1, 2, 3, 4, 7, 12, 24, 48, 100, SIZE_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        errno = 77;
        CHECK_EQ(posix_memalign(&p, bad[i], 32), EINVAL);
        CHECK(p == mine);
        CHECK_EQ(errno, 77);
    }
    const size_t huge[] = {SIZE_MAX, SIZE_MAX - 100, PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1};
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) {
        errno = 77;
        CHECK_EQ(posix_memalign(&p, 64, huge[i]), ENOMEM);
        CHECK(p == mine);
        if (dam_version) CHECK_EQ(errno, 77);
    }
    CHECK_EQ(posix_memalign(&p, 256, 0), 0);  // size 0 is aligned, too
    CHECK(aligned_to(p, 256));
    free(p);
    check_sound();
    return 0;
}
