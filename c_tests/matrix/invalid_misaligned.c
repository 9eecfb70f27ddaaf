// Gives away a pointer into a block that is aligned as no block is.
// part: Invalid pointer
// title: inside a block, misaligned
// sizes: 8 16 24 40 500 4096 16376 16377 100000 8388608 8388609 12000000
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
    give_away(p + 3);
    use_again_and_check();
}
