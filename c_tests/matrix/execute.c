// Jumps to code that it wrote into a block.
// part: More
// title: executing the heap
// sizes: 8 40 4096 16376 16377 100000 8388608 8388609
// threads: same other ended
// caught: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    #ifdef __x86_64__
    p[0] = 0xc3;  // ret
    #else
    memcpy(p, "\xc0\x03\x5f\xd6", 4);
    __builtin___clear_cache((char *)p, (char *)p + 4);
    #endif
    stage("access");
    ((void (*)(void))opaque(p))();
    give(p);
    use_again_and_check();
}
