// Gives away an address in the allocator's own range where no block is.
// part: Invalid pointer
// title: 64 MiB behind a block
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    give_away(p + (64 << 20));
    use_again_and_check();
}
