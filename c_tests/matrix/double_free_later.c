// Frees a block again after a thousand operations of other sizes.
// part: Double free
// title: after 1,000 operations
// threads: same other ended
// report: double-free: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    for (int i = 0; i < 500; i++) free(opaque(malloc(size > 100 && size < 300 ? 3000 : 200)));
    give(p);
    use_again_and_check();
}
