// Writes one byte in front of a block that is never freed.
// part: Underflow
// title: by 1 byte, the block is never freed
// threads: same other ended
// report: {heap-buffer-overflow|heap-buffer-underflow}: heap check of HEX
// caught: check
// caught hardened small same: next|check
// caught large: access
// caught paranoid 4096 16376 16377: access
// caught paranoid 8388609 12000000: check
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p - 1, 1);
    go_on();
    check();
}
