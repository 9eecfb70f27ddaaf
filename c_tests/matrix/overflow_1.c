// Writes one byte behind the end of a block, which is freed then.
// part: Overflow
// title: by 1 byte
// ways: loop zero
// threads: same other ended
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: free
// caught paranoid 16 4096 100000 8388608 12000000: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p + size, 1);
    give(p);
    use_again_and_check();
}
