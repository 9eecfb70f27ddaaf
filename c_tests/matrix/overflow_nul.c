// Copies a string into a block that has no room for its NUL; the block is freed then.
// part: Overflow
// title: off by one: a string's NUL
// threads: same other ended
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: free
// caught paranoid 16 4096 100000 8388608 12000000: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    memset(p, 's', size);
    stage("access");
    *(volatile char *)opaque(p + size) = 0;
    give(p);
    use_again_and_check();
}
