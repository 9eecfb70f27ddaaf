// Writes the 1 MiB in front of a block, which is freed then.
// part: Underflow
// title: by 1 MiB
// ways: loop memcpy zero
// threads: same
// report small: heap-buffer-underflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset -NUM, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// report middle: {heap-buffer-overflow|heap-buffer-underflow}: {free|heap check} of HEX
// report large: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught large: access
// caught small: access
// caught 8388608: access
// caught fast small: access|free
// caught hardened middle: access|free
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    around = 2 * MIB;
    unsigned char *p = make();
    overwrite(p - (1 << 20), (1 << 20));
    give(p);
    use_again_and_check();
}
