// Frees a block in two threads at the same moment, a few hundred times.
// part: Double free
// title: by two threads at once
// report: double-free: {free|reuse} of HEX
// caught: free
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    stage("free");
    for (int i = 0; i < 400; i++) {
        void *p = malloc(size);
        helper.todo = free, helper.with = p;
            sem_post(&helper.asked);
        free(opaque(p));
        while (sem_wait(&helper.done)) {}
    }
    use_again_and_check();
}
