// dam_stats_print writes to the descriptor it is given, allocates nothing meanwhile, and a bad descriptor does no harm.
// modes: preload static
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    int pipes[2];
    static char text[65536];
    CHECK_EQ(pipe(pipes), 0);
    dam_stats_t a = stats();
    dam_stats_print(pipes[1]);
    dam_stats_t b = stats();
    CHECK_EQ(a.live_blocks, b.live_blocks);
    CHECK_EQ(a.small_allocations + a.middle_allocations + a.large_allocations,
             b.small_allocations + b.middle_allocations + b.large_allocations);
    close(pipes[1]);
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    CHECK(n > 100);
    CHECK(strstr(text, "violations"));
    dam_stats_print(-1);
    dam_stats_print(9999);
    check_sound();
    return 0;
}
