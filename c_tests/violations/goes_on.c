// Twelve thousand violations of many kinds among a million good operations in four threads: every good block stays whole, the
// counter is exact, memory and maps do not run away.
// violation: invalid-free
// modes: preload static
// timeout: 180
#include "misuse.h"
#include "threads.h"

enum { EACH = 1000 };

static void *work(void *arg) {
    uint64_t s = (size_t)arg + 77;
    unsigned char *p[200] = {0};
    size_t size[200] = {0};
    for (int step = 0; step < EACH * 100; step++) {
        size_t i = rnd(&s) % 200;
        if (p[i]) CHECK(marked(p[i], size[i], i));
        free(p[i]);
        size[i] = rnd(&s) % 100 < 95 ? rnd(&s) % 2000 + 1 : rnd(&s) % 200000 + 1;
        CHECK(p[i] = malloc(size[i]));
        mark(p[i], size[i], i);
        if (step % 100) continue;
        char *bad;
        switch (step / 100 % 3) {
        case 0: free(opaque(p[i] + 1)); break;
        case 1: free(opaque(&s)); break;
        case 2:
            bad = malloc(300);
            free(bad);
            free(opaque(bad));
            break;
        }
    }
    for (size_t i = 0; i < 200; i++) free(p[i]);
    return NULL;
}

int main(void) {
    for (int i = 0; i < 3; i++) run_threads(4, work);
    CHECK_EQ(violations(), 3 * 4 * EACH);
    CHECK_LE(rss_kib(), 300000);
    live_a_little();
    return 0;
}
