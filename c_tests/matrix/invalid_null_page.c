// Gives away a small number.
// part: Invalid pointer
// title: in the null page
// sizes: none
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

static void *misuse(void *p) {
    concerns(p);
    stage("free");
    if (is_way("realloc")) return realloc(opaque(p), 100);
    if (is_way("usable_size")) return (void *)malloc_usable_size(opaque(p));
    free(opaque(p));
    return NULL;
}

int main(int count, char **words) {
    begin(count, words);
    misuse((void *)16);
    use_again_and_check();
}
