// Puts the header of a longer block in front of a shorter one, as with a forged boundary tag, and frees it.
// part: Metadata
// title: header of another block in front of a middle one
// sizes: 16377 100000
// report: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught paranoid 16377: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *longer = malloc(size + 20000), *p = make();
    stage("access");
    memcpy(opaque(p - 16), opaque(longer - 16), 16);
    give(p);
    use_again_and_check();
}
