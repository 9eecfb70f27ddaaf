// Writes the eight bytes found behind another block behind the end of a block, which is freed then.
// part: Overflow
// title: by 8 bytes that are another block's canary
// report: heap-buffer-overflow: {free|heap check} of BLOCK: block of SIZE bytes, first damaged byte at offset NUM, found HEX
// report hardened small: {heap-buffer-overflow|heap-buffer-underflow}: {free|realloc|heap check} of HEX
// caught: not, the canary is the same all over the process
// caught hardened: free
// caught hardened large: access|free
// caught paranoid: access|free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    stage("access");
    memcpy(opaque(p + size), opaque((char *)neighbours[0] + size), 8);
    give(p);
    use_again_and_check();
}
