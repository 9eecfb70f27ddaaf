// What is lent is aligned as asked for, whichever size asked before.
// modes: preload static
#include "check.h"

enum { COUNT = 400 };

static void *aligned(size_t align, size_t size) {
    void *block = NULL;
    CHECK_EQ(posix_memalign(&block, align, size), 0);
    CHECK_EQ((uintptr_t)block % align, 0);
    return block;
}

int main(void) {
    static char *block[COUNT];
    for (size_t round = 0; round < 200; round++) {
        size_t larger = 72 + round % 40 * 16, smaller = larger - 16;
        for (size_t i = 0; i < COUNT; i++) block[i] = malloc(larger);
        for (size_t i = 0; i < COUNT; i++) free(block[i]);
        for (size_t i = 0; i < COUNT; i++) {
            size_t align = (size_t)16 << i % 5;
            fill(block[i] = i % 2 ? aligned(align, smaller) : malloc(smaller), smaller, i);
        }
        for (size_t i = 0; i < COUNT; i++) {
            CHECK(holds(block[i], smaller, i));
            free(block[i]);
        }
    }
    check_sound();
    return 0;
}
