// malloc_stats writes figures to standard error, in glibc's words and in DAM's, and changes nothing.
// modes: preload static
// expect: stderr contains "Arena 0:"
// expect: stderr contains "system bytes     = "
// expect: stderr contains "max mmap regions = "
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
