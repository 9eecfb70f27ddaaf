// Names another size to free_aligned_sized than was asked for.
// part: Size and door
// title: `free_aligned_sized` with another size
// report: size-mismatch: free of BLOCK: block of SIZE bytes
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    void *p = aligned_alloc(64, size);
    concerns(p);
    stage("free");
    free_aligned_sized(p, 64, size + 1);
    use_again_and_check();
}
