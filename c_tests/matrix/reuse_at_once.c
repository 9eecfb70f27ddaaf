// Frees a block and asks for one of the same size: whether the next one lies in its place, 64 times over.
// part: More
// title: a freed block's place is handed out next
// threads: same other
// caught: not, the place used last is the one that is in the caches
// caught hardened paranoid: prevented
#include "matrix.h"

static void *make_one(void) {
    void *p;
    if (strcmp(threads, "other")) return malloc(size);
    by_other_thread(make_it, &p);
    return p;
}

int main(int count, char **words) {
    begin(count, words);
    for (int i = 0; i < 64; i++) {
        void *p = make_one(), *q;
        free(p);
        q = malloc(size);
        if (p == q) finish("NOT CAUGHT");
        free(q);
    }
    stage("end");
    finish("PREVENTED");
}
