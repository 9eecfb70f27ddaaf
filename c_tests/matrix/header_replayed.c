// Puts the header that a longer block had at the same place in front of the block there now, and frees it.
// part: Metadata
// title: header of a former, longer block at the same place
// sizes: 16377 100000
// report: heap-buffer-underflow: {free|heap check} of BLOCK
// caught: free
// caught hardened: free|prevented
// caught paranoid: prevented
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char header[16], *longer = malloc(size + 20000), *p;
    stage("access");
    memcpy(header, opaque(longer - 16), 16);
    free(longer);
    for (int i = 0; i < 1000 && (p = malloc(size)) != longer; i++) free(p);
    if (p != longer) finish("PREVENTED");
    concerns(p);
    memcpy(opaque(p - 16), header, 16);
    give(p);
    use_again_and_check();
}
