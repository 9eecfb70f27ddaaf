// Writes to a freed block; its place is not asked for again.
// part: Use after free
// title: write, the place is not used again
// ways: first last
// threads: same other ended
// report: use-after-free: {free|reuse|heap check} of BLOCK
// caught: not, what a freed block holds is only known if it is cleared
// caught hardened: next
// caught hardened last 500 4096 16376: check
// caught hardened large: access
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    overwrite(is_way("last") ? p + size - 1 : p, 1);
    go_on();
    check();
}
