// 200,000 blocks of 20 kB under the stock vm.max_map_count (65,530), guard pages or not; a good part of the maps stays
// free for the program.
// modes: preload static
// timeout: 180
#include "check.h"

int main(void) {
    enum { MANY = 200000, SIZE = 20000 };
    static unsigned char *p[MANY];
    for (size_t i = 0; i < MANY; i++) {
        CHECK(p[i] = malloc(SIZE));
        p[i][0] = pattern(0, i);
        p[i][SIZE - 1] = pattern(1, i);
    }
    CHECK_LE(maps_count(), 55000);
    for (size_t i = 0; i < MANY; i++) CHECK(p[i][0] == pattern(0, i) && p[i][SIZE - 1] == pattern(1, i));
    for (size_t i = 0; i < MANY; i++) free(p[(i * 77773) % MANY]);
    malloc_trim(0);
    CHECK_LE(rss_kib(), 200000);
    check_sound();
    return 0;
}
