// Gives away the address of a static variable.
// part: Invalid pointer
// title: static data
// sizes: none
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    static char data[64] = {1};
    give_away(data);
    use_again_and_check();
}
