// A program at work, for debuggers: blocks of every tier that stay, others that come and go, and one mistake.
#include <stdlib.h>
#include <sys/prctl.h>

void *volatile kept[3];
void *volatile twice;
volatile int done;

__attribute__((noinline)) void at_work(void) { __asm__ volatile(""); }

int main(void) {
    // Debuggers that are not this one's parent are welcome, on systems that would keep them away.
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    kept[0] = malloc(40), kept[1] = malloc(100000), kept[2] = malloc(20 << 20);
    twice = malloc(200);
    free(twice), free(twice);
    for (size_t size = 1; !done; size = size % 60000 + 7) {
        void *volatile block = malloc(size);
        free(block);
        at_work();
    }
    for (int i = 0; i < 3; i++) free(kept[i]);
    return 0;
}
