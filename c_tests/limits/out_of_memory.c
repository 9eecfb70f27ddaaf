// Memory runs out with four threads asking: NULL and ENOMEM for each, never an abort; every live block is intact; after
// frees there is memory again. Failures are counted.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// modes: preload static
// timeout: 120
#include "again.h"
#include "exhaust.h"
#include "threads.h"

static void limit(void *arg) {
    (void)arg;
    struct rlimit r = {1 * GIB, 1 * GIB};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

static void *greedy(void *arg) {
    const size_t sizes[] = {40, 3000, 70000, 10 * MIB};
    size_t n = sizes[(size_t)arg];
    for (int round = 0; round < 5; round++) {
        struct link *list = NULL;
        size_t count = take_all(&list, n, SIZE_MAX);
        sleep_ms(5);
        give_all(list, n, count);
        if (round == 2) malloc_trim(0);
    }
    return NULL;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc == 1) {
        CHECK_EQ(again("greedy", limit, NULL), 0);
        return 0;
    }
    live_a_little();
    run_threads(4, greedy);
    live_a_little();
    if (dam_get_stats) {
        dam_stats_t s = stats();
        CHECK(s.small_failures > 0 && s.middle_failures > 0 && s.large_failures > 0);
        CHECK_EQ(s.large_live, 0);
    }
    check_sound();
    return 0;
}
