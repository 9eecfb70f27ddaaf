// Writes to a block that another thread has freed.
// part: Use after free
// title: write by another thread
// threads: same other ended
// report: use-after-free: {free|reuse|heap check} of BLOCK
// caught: not, what a freed block holds is only known if it is cleared
// caught hardened: next
// caught hardened large: access
// caught paranoid: access
#include "matrix.h"

static void write_there(void *p) { overwrite(p, 1); }

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    by_other_thread(write_there, p);
    go_on();
    use_again_and_check();
}
