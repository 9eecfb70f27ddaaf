// Frees a block that another thread has freed already.
// part: Double free
// title: by another thread than the first
// threads: same ended
// report: double-free: free of BLOCK
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    by_other_thread(free, p);
    give(p);
    use_again_and_check();
}
