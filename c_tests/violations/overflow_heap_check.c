// dam_check_heap finds the damage of live blocks without anybody freeing them, in every tier, and counts each once a walk.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
// modes: preload static
#include "misuse.h"

int main(void) {
    // Several of a class; none so long that its canary is the word in front of the next.
    static const size_t sizes[] = {1, 2, 3, 17, 18, 100, 101, 500, 501, 1000, 5000, 5001, 16000, 20000, 20001, 100000, 600000, 1048577, 8388608, 8388609, 12000000};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    unsigned char *p[COUNT], *sound[COUNT];
    for (size_t i = 0; i < COUNT; i++) p[i] = malloc(sizes[i]), sound[i] = malloc(sizes[i]);
    CHECK_EQ(dam_check_heap(), 0);
    for (size_t i = 0; i < COUNT; i++) *(unsigned char *)opaque(p[i] + sizes[i]) ^= 0x80;
    CHECK_EQ(dam_check_heap(), COUNT);
    CHECK_EQ(violations(), COUNT);
    for (size_t i = 0; i < COUNT; i++) free(sound[i]);
    CHECK_EQ(violations(), COUNT);
    live_a_little();
    return 0;
}
