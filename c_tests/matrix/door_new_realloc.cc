// Gives a block of operator new to realloc, for more bytes or for one less, which fit where it lies.
// part: Size and door
// title: `new`, then `realloc`
// caught fast default: counted
// ways: more less
// report: dealloc-mismatch: free of BLOCK
// caught hardened paranoid: free
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = ::operator new(size);
    concerns(p);
    stage("free");
    CHECK(realloc(opaque(p), is_way("less") ? size - (size > 1) : 3 * size + 100));
    finish_counted();
}
