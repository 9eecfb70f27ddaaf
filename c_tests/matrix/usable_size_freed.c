// Asks malloc_usable_size about a freed block.
// part: Double free
// title: `malloc_usable_size` of a freed block
// threads: same other ended
// report: {double-free|invalid-free}: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    free(p);
    stage("free");
    CHECK(malloc_usable_size(opaque(p)) == 0);
    use_again_and_check();
}
