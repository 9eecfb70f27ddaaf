// Gives a block of operator new to free.
// part: Size and door
// title: `new`, then `free`
// caught fast default: counted
// report: dealloc-mismatch: free of BLOCK
// caught hardened paranoid: free
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = ::operator new(size);
    concerns(p);
    stage("free");
    free(opaque(p));
    finish_counted();
}
