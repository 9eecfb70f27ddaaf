// Frees a block of no bytes twice.
// part: Double free
// title: of a block of zero bytes
// sizes: none
// threads: same other ended
// report: double-free: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    give(p);
    use_again_and_check();
}
