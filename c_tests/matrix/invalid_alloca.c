// Gives away what alloca returned.
// part: Invalid pointer
// title: from `alloca`
// sizes: none
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    give_away(__builtin_alloca(200));
    use_again_and_check();
}
