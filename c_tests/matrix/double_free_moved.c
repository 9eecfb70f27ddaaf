// Frees the pointer that realloc took, after it moved the block.
// part: Double free
// title: of the old pointer after `realloc` moved the block
// threads: same other ended
// report: double-free: free of BLOCK
// report fast large: {double-free|invalid-free}: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make(), *q = p;
    for (size_t n = size; q == p && n < (size_t)1 << 36; n *= 2) q = realloc(opaque(q), 2 * n);
    CHECK(q && q != p);
    give(p);
    use_again_and_check();
}
