// Writes an address over the first words of a freed block, where other allocators keep their links, and allocates.
// part: Metadata
// title: damaged links of freed blocks
// threads: same other ended
// sizes: 16 24 40 500 4096 16376 16377 100000 8388608 8388609 12000000
// report: use-after-free: {free|reuse|heap check} of BLOCK
// caught: prevented
// caught hardened: reuse
// caught hardened large: access
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    static uint64_t place[4];
    void *wanted = (void *)place, *p = make(), *q;
    free(p);
    stage("access");
    memcpy(opaque(p), &wanted, 8);
    memcpy((char *)opaque(p) + 8, &wanted, 8);
    stage("reuse");
    for (int i = 0; i < 20; i++) CHECK((q = malloc(size)) && ((char *)q + size <= (char *)place || (char *)q >= (char *)(place + 4)));
    stage("end");
    finish("PREVENTED");
}
