// Reads from a block of no bytes.
// part: Blocks of zero bytes
// title: read
// sizes: none
// threads: same other ended
// caught: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    stage("access");
    *(volatile unsigned char *)opaque(p);
    give(p);
    use_again_and_check();
}
