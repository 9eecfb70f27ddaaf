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

int main(int count, char **words) {
    begin(count, words);
    give_away((void *)16);
    use_again_and_check();
}
