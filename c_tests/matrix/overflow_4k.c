// Writes 4 KiB behind the end of a block, which is freed then.
// part: Overflow
// title: by 4 KiB
// ways: loop memcpy zero
// threads: same other ended
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: free
// caught large: access
// caught hardened small: access|free
// caught hardened middle: access|free
// caught hardened 8388608: free
// caught paranoid: access
// report hardened: {heap-buffer-overflow|heap-buffer-underflow}: {free|heap check} of HEX
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p + size, 4096);
    give(p);
    use_again_and_check();
}
