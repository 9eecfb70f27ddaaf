// Memory has run out: a block that shrinks stays where it is, in every tier, whatever its new size. Its length is the new
// one from then on, its contents and errno are kept.
// In paranoid the process is told, as it should be, that there are no more mappings.
// holds: fast default hardened
// modes: preload static
#include "again.h"
#include "exhaust.h"

static void limit(void *arg) {
    (void)arg;
    struct rlimit r = {256 * MIB, 256 * MIB};
    if (setrlimit(RLIMIT_DATA, &r)) _exit(96);
}

static int role(void) {
    static const size_t from[] = {9000, 16000, 16376, 16377, 40000, 700000, 8388608, 8388609, 12000000};
    enum { COUNT = sizeof from / sizeof *from, TO = 1000 };
    unsigned char *p[COUNT];
    for (size_t i = 0; i < COUNT; i++) CHECK(p[i] = malloc(from[i])), fill(p[i], TO, i);
    struct link *list = NULL;
    for (size_t n = 64 * MIB; n >= TO; n /= 2) take_all(&list, n, SIZE_MAX);
    take_all(&list, TO, SIZE_MAX);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t asked = dam_get_stats ? stats().requested_bytes : 0;
        errno = EDOM;
        unsigned char *q = realloc(p[i], TO);
        CHECK(q == p[i]);
        CHECK_EQ(errno, EDOM);
        if (!dam_get_stats) continue;
        CHECK_EQ(malloc_usable_size(q), TO);
        CHECK_EQ(stats().requested_bytes, asked - from[i] + TO);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(holds(p[i], TO, i));
        if (free_sized) free_sized(p[i], TO);
        else free(p[i]);
    }
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) return role();
    CHECK_EQ(again("shrink", limit, NULL), 0);
    return 0;
}
