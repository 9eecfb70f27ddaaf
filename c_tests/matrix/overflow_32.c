// Writes 32 bytes behind the end of a block, which is freed then.
// part: Overflow
// title: by 32 bytes
// ways: loop memcpy zero
// threads: same other ended
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: free
// caught hardened small: access|free
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p + size, 32);
    give(p);
    use_again_and_check();
}
