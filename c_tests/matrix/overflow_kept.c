// Writes one byte behind the end of a block that is never freed.
// part: Overflow
// title: by 1 byte, the block is never freed
// threads: same other ended
// report: heap-buffer-overflow: heap check of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: check
// caught hardened small same: next|check
// caught paranoid 16 4096 100000 8388608 12000000: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p + size, 1);
    go_on();
    check();
}
