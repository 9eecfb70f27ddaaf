// Gives a block of operator new to operator delete[].
// part: Size and door
// title: `new`, then `delete[]`
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
    ::operator delete[](opaque(p));
    finish_counted();
}
