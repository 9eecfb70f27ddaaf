// Writes one byte into the sixteen in front of a block, where the middle tier has its headers; the block is freed then.
// part: Metadata
// title: damaged header of a middle block
// sizes: 16377 100000 8388608
// ways: 1 8 9 16
// threads: same other ended
// report: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught large: access
// caught paranoid 16377: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    overwrite(p - strtoul(way, NULL, 10), 1);
    give(p);
    use_again_and_check();
}
