// Writes to a freed block, and asks for its place again.
// part: Use after free
// title: write, the place is used again
// ways: first last
// threads: same other ended
// report: use-after-free: {free|reuse|heap check} of BLOCK
// caught: not, what a freed block holds is only known if it is cleared
// caught hardened: reuse
// caught hardened last other 500 4096 16376: check
// caught hardened large: access
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    overwrite(is_way("last") ? p + size - 1 : p, 1);
    use_again_and_check();
}
