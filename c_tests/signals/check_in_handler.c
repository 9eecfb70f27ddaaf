// A signal handler has the heap examined: one that interrupted the allocator is told that nothing was, not that all is well.
// Figures it gets wherever it comes.
// modes: preload static
#include "jemalloc.h"
#include "ticking.h"

enum { ENOUGH = 50, KEPT = 100 };
static volatile sig_atomic_t examined, refused;

static void handler(int sig) {
    (void)sig;
    uint64_t one = 1;
    bool inside = mallctl("epoch", NULL, NULL, &one, 8) == EAGAIN;
    if ((inside ? refused : examined) >= ENOUGH) return;
    CHECK_EQ(dam_check_heap(), inside ? SIZE_MAX : 0);
    dam_stats_t stats;
    CHECK_EQ(dam_get_stats(&stats, sizeof stats), 0);
    CHECK_GE(stats.live_blocks, KEPT);
    inside ? refused++ : examined++;
}

int main(void) {
    alarm(100);
    void *kept[KEPT];
    for (int i = 0; i < KEPT; i++) CHECK((kept[i] = malloc(i + 1)));
    timer_t timer = start_ticking(handler);
    while (refused < ENOUGH || examined < ENOUGH) {
        void *p = malloc(300000), *q = malloc(300);
        CHECK(p && q);
        free(p);
        free(q);
        for (int i = 0; i < 10; i++) free(opaque(malloc(0)));
    }
    CHECK_EQ(timer_delete(timer), 0);
    for (int i = 0; i < KEPT; i++) free(kept[i]);
    check_sound();
    return 0;
}
