// A signal handler that interrupts malloc, free and realloc of its own thread asks for the size of blocks and resizes them: it
// gets the size, and the block, also where the interrupted operation keeps the tiers from being used.
// modes: preload static
// profiles: default hardened
#include "ticking.h"

enum { SLOTS = 16 };
static unsigned char *held[SLOTS];
static size_t length[SLOTS];
static volatile sig_atomic_t handled;
static uint64_t hs = 77;

static void handler(int sig) {
    (void)sig;
    int saved = errno;
    size_t i = rnd(&hs) % SLOTS, n = rnd(&hs) % 100 < 90 ? rnd(&hs) % 4000 + 1 : rnd(&hs) % 100000 + 1;
    CHECK_EQ(malloc_usable_size(held[i]), length[i]);
    unsigned char *p = realloc(held[i], n);
    size_t kept = n < length[i] ? n : length[i];
    CHECK(p && holds(p, kept < 64 ? kept : 64, i));
    fill(p, n < 64 ? n : 64, i);
    held[i] = p, length[i] = n;
    handled++;
    errno = saved;
}

int main(void) {
    alarm(50);
    for (size_t i = 0; i < SLOTS; i++) {
        length[i] = i % 2 ? 100 + i : 50000 + i;
        CHECK(held[i] = malloc(length[i]));
        fill(held[i], 64, i);
    }
    timer_t timer = start_ticking(handler);
    static void *p[64];
    uint64_t s = 3;
    while (handled < 20000)
        for (int k = 0; k < 100; k++) {
            size_t i = rnd(&s) % 64, n = rnd(&s) % 100 < 95 ? rnd(&s) % 4000 + 1 : rnd(&s) % MIB + 1;
            if (rnd(&s) % 2) free(p[i]), p[i] = malloc(n);
            else p[i] = realloc(p[i], n);
            CHECK(p[i]);
        }
    CHECK_EQ(timer_delete(timer), 0);
    check_sound();
    return 0;
}
