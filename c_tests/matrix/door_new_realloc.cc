// Gives a block of operator new to realloc.
// part: Size and door
// title: `new`, then `realloc`
// caught fast default: counted
// report: dealloc-mismatch: free of BLOCK
// caught hardened paranoid: free
// caught fast default 16377 100000 8388609 12000000: not, a block that is resized where it lies goes by no door
// caught hardened large: not, a block that is resized where it lies goes by no door
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = ::operator new(size);
    concerns(p);
    stage("free");
    CHECK(realloc(opaque(p), 3 * size + 100));
    finish_counted();
}
