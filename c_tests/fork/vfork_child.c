// A vfork child that allocates before exec (it shares the parent's memory): the parent finds its heap sound and can free
// what the child made.
// modes: preload static
#include "threads.h"

static void *volatile from_child[64];

int main(void) {
    for (volatile int i = 0; i < 200; i++) {
        void *mine = malloc(500);
        fill(mine, 500, 1);
        pid_t pid = vfork();
        if (pid == 0) {
            for (size_t k = 0; k < 64; k++) {
                from_child[k] = malloc(k * 400 + 1);
                if (!from_child[k]) _exit(1);
                mark(from_child[k], k * 400 + 1, k);
            }
            for (size_t k = 0; k < 2000; k++) free(malloc(k));
            _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
        for (size_t k = 0; k < 64; k++) {
            CHECK(marked(from_child[k], k * 400 + 1, k));
            free(from_child[k]);
        }
        CHECK(holds(mine, 500, 1));
        free(mine);
    }
    check_sound();
    return 0;
}
