// 40,000 blocks of the large tier, each a mapping with guards: the allocator does not use up the map count of the process.
// modes: preload static
// timeout: 180
#include "check.h"

#include <sys/mman.h>

int main(void) {
    enum { MANY = 40000 };
    static unsigned char *p[MANY];
    size_t n = MIDDLE_MAX + 5000, got = 0;
    for (; got < MANY; got++) {
        errno = 0;
        if (!(p[got] = malloc(n))) {
            CHECK_EQ(errno, ENOMEM);
            break;
        }
        p[got][0] = p[got][n - 1] = pattern(0, got);
    }
    CHECK_GE(got, 30000);
    CHECK_LE(maps_count(), 60000);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    for (size_t i = 0; i < got; i++) CHECK(p[i][0] == pattern(0, i) && p[i][n - 1] == pattern(0, i));
    for (size_t i = 0; i < got; i++) free(p[i]);
    free(malloc(n));
    check_sound();
    return 0;
}
