// Without anybody asking, long-free memory goes back to the system after decay_ms, while the program goes on with little.
// options: decay_ms=200
// modes: preload static
#include "check.h"

int main(void) {
    enum { MANY = 60000 };
    static char *p[MANY];
    size_t before = rss_kib();
    for (size_t i = 0; i < MANY; i++) memset(p[i] = malloc(1500), 1, 1500);
    size_t full = rss_kib();
    CHECK_GE(full, before + 80000);
    for (size_t i = 0; i < MANY; i++) free(p[i]);
    double end = now() + 20;
    while (rss_kib() > before + 20000) {  // a program that merely goes on allocating a little
        CHECK(now() < end);
        go_on_a_little();
    }
    check_sound();
    return 0;
}
