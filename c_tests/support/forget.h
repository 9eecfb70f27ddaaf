// What dead frames have left on the stack is no address of the program's, but looks like one.
#ifndef DAM_TEST_FORGET_H
#define DAM_TEST_FORGET_H
#include <string.h>

__attribute__((noinline)) static void forget(void) {
    volatile char room[32 * 1024];
    memset((void *)room, 0, sizeof room);
}

#endif
