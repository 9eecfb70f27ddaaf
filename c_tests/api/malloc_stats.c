// malloc_stats writes figures to standard error and changes nothing.
// modes: preload static
// expect: stderr contains "live"
#include "check.h"

int main(void) {
    void *p = malloc(5000);
    malloc_stats();
    free(p);
    malloc_stats();
    check_sound();
    return 0;
}
