// In the child of a fork the figures still balance: blocks of the parent's threads stay live, the heap walk finds nothing,
// and violations of the child do not show in the parent.
// modes: preload static
// talkative: yes
#include "threads.h"

static atomic_bool stop, ready;

static void *holder(void *arg) {
    void *p[50];
    for (size_t i = 0; i < 50; i++) p[i] = malloc(i * 100 + 1);
    atomic_store(&ready, true);
    while (!atomic_load(&stop)) sleep_ms(1);
    for (size_t i = 0; i < 50; i++) free(p[i]);
    return arg;
}

int main(void) {
    if (!dam_version) return 0;
    pthread_t t = start(holder, NULL);
    while (!atomic_load(&ready)) sleep_ms(1);
    uint64_t live = stats().live_blocks;
    pid_t pid = fork();
    if (pid == 0) {
        dam_stats_t s = stats();
        CHECK_EQ(dam_check_heap(), 0);
        CHECK_EQ(s.live_blocks, live);
        CHECK_EQ(s.small_allocations - s.small_frees, s.small_live);
        void *p = malloc(10);
        free(p);
        free(opaque(p));
        CHECK_EQ(violations(), 1);
        _exit(0);
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(violations(), 0);
    atomic_store(&stop, true);
    join(t);
    check_sound();
    return 0;
}
