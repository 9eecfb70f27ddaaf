// Writes to a part of a block that realloc has taken away; the block is freed then.
// part: Use after free
// title: write to what `realloc` took away
// sizes: 16 24 40 500 4096 16376 16377 100000 8388608 8388609 12000000
// ways: first last
// threads: same other ended
// report: {heap-buffer-overflow|use-after-free}: {free|reuse|heap check} of HEX
// caught: free
// caught fast default last: not, only the eight bytes behind a block are canary
// caught fast default small other ended: not, `realloc` moved the block, and what a freed block holds is only known if it is cleared
// caught fast default 16: not, `realloc` moved the block, and what a freed block holds is only known if it is cleared
// caught fast default same last 24: free
// caught hardened middle last: reuse
// caught large last: access
// caught paranoid: access
// caught paranoid 16 24: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make(), *q = realloc(p, size - size / 4);
    overwrite(is_way("last") ? p + size - 1 : p + size - size / 4, 1);
    give(q);
    use_again_and_check();
}
