// Gives a freed block to realloc.
// part: Double free
// title: by `realloc`
// threads: same other ended
// report: double-free: realloc of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    stage("free");
    CHECK(realloc(opaque(p), size + 100) == NULL);
    use_again_and_check();
}
