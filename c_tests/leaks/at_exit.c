// A search at exit names what was lost, the dearest first; what the program still has is no leak.
// modes: preload static
// options: leaks_at_exit=1
// expect: stderr contains "DAM: memory-leak: 2 blocks of 340 bytes to which nothing points, and behind them 1 of 40 bytes"
// expect: stderr contains "of 40 bytes by malloc, and behind it 1 of 40 bytes"
// expect: stderr contains "of 300 bytes by malloc: the name of a th"
#include "check.h"
#include "forget.h"

static char *volatile still_there;

__attribute__((noinline)) static void lose(void) {
    strcpy(opaque(malloc(300)), "the name of a thing");
    void *volatile *one = opaque(calloc(1, 40));
    *one = malloc(40);
    still_there = malloc(1000);
}

int main(void) {
    lose();
    forget();
    return 0;
}
