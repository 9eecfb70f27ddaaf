// Writes 1 MiB behind the end of a block, which is freed then.
// part: Overflow
// title: by 1 MiB
// ways: loop memcpy zero
// threads: same
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset SIZE, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: free
// caught small large: access
// caught fast small: access|free
// caught hardened middle: access|free
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    around = 2 * MIB;
    unsigned char *p = make();
    overwrite(p + size, 1 << 20);
    give(p);
    use_again_and_check();
}
