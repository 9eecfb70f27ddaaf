// stats_at_exit=1 prints the statistics to standard error when the process ends, after the program's own last words.
// options: stats_at_exit=1
// modes: preload static
// expect: stderr contains "live"
// expect: stderr contains "violations"
// expect: exit 0
#include "check.h"

int main(void) {
    void *p = malloc(12345);
    fill(p, 12345, 1);
    say("last words\n");
    return 0;
}
