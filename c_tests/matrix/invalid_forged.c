// Gives away a place on the stack in front of which there is what was found in front of a real block.
// part: Invalid pointer
// title: with a forged header in front ("house of spirit")
// sizes: 16 40 500 16376 16377 100000
// ways: free realloc usable_size
// report free: invalid-free: free of BLOCK
// report realloc: invalid-free: realloc of BLOCK
// report usable_size: invalid-free: malloc_usable_size of BLOCK
// caught: free
// caught paranoid 16 16376 16377: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    _Alignas(4096) static unsigned char place[65536];
    stage("access");
    memcpy(place + 4096 - 8, opaque(p - 8), size < 2000 ? size + 16 : 2016);
    if (size > SMALL_MAX && size <= MIDDLE_MAX) memcpy(place + 4096 - 16, opaque(p - 16), 16);
    give_away(place + 4096);
    use_again_and_check();
}
