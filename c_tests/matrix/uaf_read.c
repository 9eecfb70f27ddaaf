// Reads what a block held after it was freed; what is read is nothing of the program's any more: prevented.
// part: Use after free
// title: read
// threads: same other ended
// caught: not, a read leaves no trace, and what a freed block held stays where nothing clears it
// caught hardened paranoid small middle: prevented
// caught hardened paranoid large: access
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    memset(p, 's', size);
    free(p);
    stage("access");
    for (size_t i = 0; i < size; i++)
        if (((volatile unsigned char *)opaque(p))[i] == 's') use_again_and_check();
    finish("PREVENTED");
}
