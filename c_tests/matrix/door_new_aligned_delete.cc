// Gives a block of the plain operator new to the aligned operator delete.
// part: Size and door
// title: `new`, then aligned `delete`
// caught fast default: counted
// report: dealloc-mismatch: free of BLOCK
// caught hardened paranoid: free
// caught: not, the aligned forms count as the same door
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = ::operator new(size);
    concerns(p);
    stage("free");
    ::operator delete(opaque(p), std::align_val_t(64));
    finish_counted();
}
