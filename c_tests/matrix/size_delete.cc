// Names another size to operator delete than was asked for.
// part: Size and door
// title: sized `delete` with another size
// report: size-mismatch: free of BLOCK: block of SIZE bytes
// caught: free
#include "matrix.h"

#include <new>

int main(int count, char **words) {
    begin(count, words);
    void *p = ::operator new(size);
    concerns(p);
    stage("free");
    ::operator delete(opaque(p), size + 1);
    use_again_and_check();
}
