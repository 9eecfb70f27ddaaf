// Gives away a mapping of the program's own.
// part: Invalid pointer
// title: from `mmap`
// sizes: none
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
#include "matrix.h"

#include <sys/mman.h>

int main(int count, char **words) {
    begin(count, words);
    give_away(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    use_again_and_check();
}
