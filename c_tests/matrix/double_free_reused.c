// Frees a block whose place is another owner's by now, who then frees it.
// part: Double free
// title: after its place was used again; by its new owner
// threads: same other ended
// report: double-free: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make(), *q = NULL;
    free(p);
    for (int i = 0; i < 20000 && q != p && size < 1000000; i++) free(opaque(q)), q = malloc(size);
    stage("free");
    free(opaque(p));
    give(q == p ? q : p);
    use_again_and_check();
}
