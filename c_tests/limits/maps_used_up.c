// The program itself uses up vm.max_map_count with its own mappings: allocations are served from what is there or fail with
// ENOMEM, frees work, live data stays, and all is well again when the maps are given back.
// In paranoid the process is told, as it should be, that there are no more mappings.
// holds: fast default hardened
// modes: preload static
// timeout: 120
#include "again.h"
#include "exhaust.h"

#include <sys/mman.h>

int main(void) {
    enum { MOST = 1 << 20 };
    live_a_little();
    unsigned char *kept[100];
    for (size_t i = 0; i < 100; i++) mark(kept[i] = malloc(i * 20000 + 1), i * 20000 + 1, i);
    size_t page = PAGE;
    char *area = mmap(NULL, MOST * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(area != MAP_FAILED);
    size_t pages = 0;
    while (pages < MOST && mprotect(area + pages * page, page, PROT_READ) == 0) pages += 2;
    CHECK(pages > 10000 && pages < MOST);

    for (size_t n = 1; n < 20 * MIB; n = n * 2 + 1)
        for (int i = 0; i < 50; i++) {
            errno = 0;
            unsigned char *p = malloc(n);
            CHECK(p || errno == ENOMEM);
            if (p) mark(p, n, 1);
            free(p);
        }
    struct link *list = NULL;
    size_t count = take_all(&list, 20000, 20000);
    give_all(list, 20000, count);
    list = NULL;
    count = take_all(&list, 10 * MIB, 300);
    give_all(list, 10 * MIB, count);
    for (size_t i = 0; i < 100; i += 2) {
        CHECK(marked(kept[i], i * 20000 + 1, i));
        free(kept[i]);
    }
    CHECK_EQ(munmap(area, MOST * page), 0);
    live_a_little();
    for (size_t i = 1; i < 100; i += 2) {
        CHECK(marked(kept[i], i * 20000 + 1, i));
        free(kept[i]);
    }
    check_sound();
    return 0;
}
