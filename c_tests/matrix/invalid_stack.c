// Gives away the address of a local variable.
// part: Invalid pointer
// title: on the stack
// sizes: none
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    char local[64];
    give_away(local);
    use_again_and_check();
}
