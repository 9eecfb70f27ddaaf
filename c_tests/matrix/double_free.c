// Frees a block twice in a row.
// part: Double free
// title: at once
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
