// Names another size to free_sized than was asked for.
// part: Size and door
// title: `free_sized` with another size
// threads: same other ended
// report: size-mismatch: free of BLOCK: block of SIZE bytes
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    stage("free");
    free_sized(p, size + 1);
    use_again_and_check();
}
