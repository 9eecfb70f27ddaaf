// A signal handler that allocates and frees in every tier interrupts malloc, free and realloc of the same thread thousands
// of times: no deadlock, no corruption. (Not allowed by the standard, and done.) Inside a handler a request may fail.
// modes: preload static
#include "ticking.h"


enum { SLOTS = 64 };
static unsigned char *held[SLOTS];
static size_t length[SLOTS];
static volatile sig_atomic_t handled, served;
static uint64_t hs = 99;

static void handler(int sig) {
    (void)sig;
    int saved = errno;
    size_t i = rnd(&hs) % SLOTS;
    if (held[i]) CHECK(marked(held[i], length[i], i));
    free(held[i]);
    length[i] = rnd(&hs) % 100 < 90 ? rnd(&hs) % 4000 + 1 : rnd(&hs) % (10 * MIB) + 1;
    held[i] = malloc(length[i]);
    if (held[i]) {
        mark(held[i], length[i], i);
        served++;
    }
    handled++;
    errno = saved;
}

int main(void) {
    alarm(50);
    timer_t timer = start_ticking(handler);
    static unsigned char *p[SLOTS];
    static size_t n[SLOTS];
    uint64_t s = 3;
    while (handled < 50000)
        for (int k = 0; k < 100; k++) {
            size_t i = rnd(&s) % SLOTS;
            if (p[i]) CHECK(marked(p[i], n[i], i));
            n[i] = rnd(&s) % 100 < 95 ? rnd(&s) % 4000 + 1 : rnd(&s) % (10 * MIB) + 1;
            if (rnd(&s) % 2) free(p[i]), p[i] = malloc(n[i]);
            else p[i] = realloc(p[i], n[i]);
            CHECK(p[i]);
            mark(p[i], n[i], i);
        }
    CHECK_EQ(timer_delete(timer), 0);
    CHECK_GE(served, handled / 2);
    check_sound();
    return 0;
}
