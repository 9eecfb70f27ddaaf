// Writes the 4 KiB in front of a block, which is freed then.
// part: Underflow
// title: by 4 KiB
// ways: loop memcpy zero
// threads: same other ended
// report small: heap-buffer-underflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset -NUM, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// report middle: {heap-buffer-overflow|heap-buffer-underflow}: {free|heap check} of HEX
// report large: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught large: access
// caught 8388608: access
// caught hardened small: access|free
// report hardened: {heap-buffer-overflow|heap-buffer-underflow}: {free|heap check} of HEX
// caught hardened middle: access|free
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p - 4096, 4096);
    give(p);
    use_again_and_check();
}
