// Gives a block of malloc to operator delete.
// part: Size and door
// title: `malloc`, then `delete`
// caught fast default: counted
// report: dealloc-mismatch: free of BLOCK
// caught hardened paranoid: free
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = malloc(size);
    concerns(p);
    stage("free");
    ::operator delete(opaque(p));
    finish_counted();
}
