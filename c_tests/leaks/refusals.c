// Where a search cannot be made it says why; in a signal handler outside the allocator it is made.
// modes: preload static
#include "check.h"

static volatile int answer = -1;
static dam_leaks_t leaks;

static void handler(int number) {
    (void)number;
    answer = dam_find_leaks(&leaks, sizeof leaks);
}

static int in_walk(const dam_block_t *block, void *context) {
    (void)block;
    *(int *)context = dam_find_leaks(&leaks, sizeof leaks);
    return 1;
}

int main(void) {
    if (!dam_version) return 0;
    void *volatile kept = malloc(100);
    signal(SIGUSR1, handler);
    raise(SIGUSR1);
    CHECK_EQ(answer, 0);
    CHECK_EQ(leaks.blocks, 0);
    // Between two steps of a walk the allocator is open.
    int within = -1;
    CHECK_EQ(dam_heap_walk(in_walk, &within), 1);
    CHECK_EQ(within, 0);

    // Its list has no room: no search, and the heap goes on.
    enum { MANY = 100000 };
    static void *blocks[MANY];
    for (int i = 0; i < MANY; i++) CHECK(blocks[i] = malloc(16));
    struct rlimit limit, none;
    CHECK_EQ(getrlimit(RLIMIT_AS, &none), 0);
    limit = none;
    limit.rlim_cur = 1 << 20;
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), ENOMEM);
    CHECK_EQ(setrlimit(RLIMIT_AS, &none), 0);
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), 0);
    CHECK_EQ(leaks.blocks, 0);
    for (int i = 0; i < MANY; i++) free(blocks[i]);
    free(kept);
    return 0;
}
