// The lower 4 GiB stay free for programs that need addresses there: the allocator maps nothing in them, and MAP_32BIT and
// fixed low mappings of the program work.
// modes: preload static-pie
#include "again.h"

#include <sys/mman.h>

int main(void) {
    live_a_little();
    for (size_t n = 1; n < 100 * MIB; n *= 3) {
        void *p = malloc(n);
        CHECK_GE((uintptr_t)p, 4 * GIB);
        free(p);
    }
    FILE *f = fopen("/proc/self/maps", "r");
    char line[500];
    while (f && fgets(line, sizeof line, f)) CHECK_GE(strtoul(line, NULL, 16), 4 * GIB);
    CHECK(f);
    fclose(f);
    void *low = mmap((void *)0x20000000, 512 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(low == (void *)0x20000000);
    void *another = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    CHECK(another != MAP_FAILED);
    live_a_little();
    check_sound();
    return 0;
}
