// Writes the 32 bytes in front of a block, which is freed then.
// part: Underflow
// title: by 32 bytes
// ways: loop memcpy zero
// threads: same other ended
// report small: heap-buffer-underflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset -NUM, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// report middle: {heap-buffer-overflow|heap-buffer-underflow}: {free|heap check} of HEX
// report large: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught large: access
// caught hardened small middle: access|free
// caught fast default 8388608: access|free
// caught paranoid 4096 16376 16377: access
// caught paranoid 8388609 12000000: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p - 32, 32);
    give(p);
    use_again_and_check();
}
