// Frees two blocks in turn: the first, the second, the first again.
// part: Double free
// title: with another free in between
// threads: same other ended
// report: double-free: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make(), *q = malloc(size);
    free(p);
    free(q);
    give(p);
    use_again_and_check();
}
