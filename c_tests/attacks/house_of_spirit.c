// House of spirit: pointers to forged blocks are freed: on the stack, in static memory, in a mapping of the program's, and
// inside live blocks of each tier, with a header that some real block has. None is taken for a block.
// profiles: default hardened
// violation: invalid-free
#include <sys/mman.h>

#include "attack.h"

static _Alignas(16) unsigned char fixed[70000];
static uint64_t wrong;

// The forged block lies 64 bytes into `place`; what other allocators and DAM itself put in front of blocks is there.
static void forge(unsigned char *place, const unsigned char *real) {
    unsigned char *block = place + 64;
    ((size_t *)block)[-2] = 0, ((size_t *)block)[-1] = 0x71;
    ((size_t *)block)[12] = 0, ((size_t *)block)[13] = 0x1234;  // the next one
    free(opaque(block));
    CHECK_EQ(violations(), ++wrong);
    memcpy(block - 16, real - 16, 16);
    free(opaque(block));
    CHECK_EQ(violations(), ++wrong);
    check_no_control(place, 4096, 100);
    check_no_control(place, 4096, 30000);
}

int main(void) {
    unsigned char *real = malloc(30000);
    _Alignas(16) unsigned char stack[8192];
    forge(stack, real);
    forge(fixed, real);
    unsigned char *map = mmap(NULL, 70000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(map != MAP_FAILED);
    forge(map, real);
    static const size_t sizes[] = {9000, 30000, 100000, 600000, 9 * 1048576};
    for (size_t i = 0; i < 5; i++) {
        unsigned char *live = malloc(sizes[i]);
        forge(live, real);
        // A page later too: where a block could begin.
        if (sizes[i] > 9000) {
            unsigned char *page = (unsigned char *)(((uintptr_t)live + 8191) & ~(uintptr_t)4095);
            memcpy(page, real - 16, 16);
            free(opaque(page + 16));
            CHECK_EQ(violations(), ++wrong);
        }
        mark(live, sizes[i], i);
        check_no_control(live, sizes[i], sizes[i]);
        CHECK(marked(live, sizes[i], i));
    }
    check_reported(wrong);
    return 0;
}
