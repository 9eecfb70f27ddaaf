// free keeps errno (POSIX 2024) in every tier, even when it gives memory back to the system; so do the other calls that
// succeed without need to set it.
// modes: preload static local ubsan
#include "check.h"

int main(void) {
    const size_t sizes[] = {0, 1, 100, 16376, 16377, 300000, 1048576, 1048577, 8388608, 8388609, 200 * MIB};
    for (int round = 0; round < 50; round++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            void *p = malloc(sizes[i]), *q = malloc(sizes[i]);
            CHECK(p && q);
            errno = 1234;
            free(p);
            CHECK_EQ(errno, 1234);
            malloc_usable_size(q);
            CHECK_EQ(errno, 1234);
            q = realloc(q, sizes[i] + 10);
            CHECK(q);
            CHECK_EQ(errno, 1234);
            malloc_trim(0);
            errno = 4321;
            free(q);
            CHECK_EQ(errno, 4321);
        }
    free(NULL);
    CHECK_EQ(errno, 4321);
    enum { MANY = 20000 };
    static void *p[MANY];
    for (size_t i = 0; i < MANY; i++) p[i] = malloc(i % 3000 + 1);
    errno = 99;
    for (size_t i = 0; i < MANY; i++) free(p[i]);
    CHECK_EQ(errno, 99);
    check_sound();
    return 0;
}
