// Looks for a secret of a freed block in the blocks that are made after it.
// part: More
// title: what a freed block held is found in a new one
// threads: same ended
// sizes: 16 24 40 500 4096 16376 16377 100000 8388608 8388609
// caught: not, a freed block is not cleared
// caught hardened paranoid: prevented
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    memset(p, 's', size);
    free(p);
    stage("reuse");
    for (int i = 0; i < 200; i++) free(opaque(malloc(1000)));
    for (int i = 0; i < (size > 1000000 ? 4 : size > 5000 ? 100 : 1000); i++) {
        unsigned char *q = malloc(size);
        for (size_t at = 0; at + 4 <= size; at++)
            if (!memcmp(opaque(q + at), "ssss", 4)) finish("NOT CAUGHT");
    }
    stage("end");
    finish("PREVENTED");
}
