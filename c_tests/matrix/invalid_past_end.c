// Gives away the pointer just behind a block.
// part: Invalid pointer
// title: one past the end of a block
// ways: free realloc usable_size
// threads: same other ended
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    give_away(p + size);
    use_again_and_check();
}
