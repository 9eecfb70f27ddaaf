// 200,000 live blocks, and how many of them have pages of their own: those end at a page's end, one a page.
#include "check.h"
#include <sys/mman.h>

#ifndef LEAST_OWN
#define LEAST_OWN 5000
#endif
#ifndef MOST_OWN
#define MOST_OWN 200000
#endif
enum { BLOCKS = 200000 };

static bool own(const unsigned char *p) { return ((uintptr_t)p + 32) % PAGE == 0; }

int main(void) {
    static unsigned char *blocks[BLOCKS];
    size_t with_own = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(blocks[i] = malloc(32));
        memset(blocks[i], (int)i, 32);
        with_own += own(blocks[i]);
    }
    CHECK_GE(with_own, LEAST_OWN);
    CHECK_LE(with_own, MOST_OWN);
    CHECK_LE(maps_count(), 65530 / 2 + 1000);
    for (int i = 0; i < 1000; i++) {
        int protection = i % 2 ? PROT_READ : PROT_READ | PROT_WRITE;
        CHECK(mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t at = 0; at < 32; at++) CHECK(blocks[i][at] == (unsigned char)i);
        free(blocks[i]);
    }
    CHECK(own(malloc(32)));
    CHECK(dam_check_heap() == 0);
    return 0;
}
