// The same report as a line of JSON.
// modes: preload static
// options: leaks_at_exit=1:report=json
// expect: stderr contains "{"leak":"memory-leak","blocks":1,"bytes":40,"blocks_behind":1,"bytes_behind":50,"other_threads":0,"process":"
// expect: stderr contains ","size":40,"door":"malloc","blocks_behind":1,"bytes_behind":50}]}"
#include "check.h"
#include "forget.h"

__attribute__((noinline)) static void lose(void) {
    void *volatile *one = opaque(calloc(1, 40));
    *one = malloc(50);
}

int main(void) {
    lose();
    forget();
    return 0;
}
