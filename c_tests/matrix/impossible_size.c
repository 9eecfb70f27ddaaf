// Asks for more than there can be: refused, with ENOMEM.
// part: More
// title: impossible sizes
// sizes: none
// caught: prevented
#include "matrix.h"

static size_t opaque_size(size_t n) { return (size_t)opaque((void *)n); }

int main(int count, char **words) {
    begin(count, words);
    size_t more = opaque_size(SIZE_MAX / 2 + 2), most = opaque_size(SIZE_MAX);
    void *p;
    bool refused = !malloc(more) && errno == ENOMEM && !malloc(most) && !calloc(most / 2, 3) && !calloc(1, most - 7) &&
        !realloc(malloc(10), most - 100) && !reallocarray(NULL, most / 4, 5) && !aligned_alloc(4096, most - 10) &&
        posix_memalign(&p, 4096, most - 10) == ENOMEM && !pvalloc(most - 10) && !valloc(more);
    finish(refused ? "PREVENTED" : "NOT CAUGHT");
}
