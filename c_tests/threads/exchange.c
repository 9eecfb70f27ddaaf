// Four threads do random operations of every kind on slots they all share: each block is owned by whoever took it out,
// its contents never change in between.
// In paranoid each of the blocks is a mapping made and undone: that takes longer than the time there is.
// holds: fast default hardened
// modes: preload static local local-asan local-tsan ubsan
// timeout: 120
#include "threads.h"

enum { SLOTS = 512, THREADS = 4 };
struct box { size_t n; uint64_t seed; unsigned char *p; };
static _Atomic(struct box *) slot[SLOTS];

static size_t some_size(uint64_t *s) {
    uint64_t r = rnd(s) % 1000;
    return r < 800 ? rnd(s) % 1000 : r < 996 ? rnd(s) % 30000 : rnd(s) % (10 * MIB);
}

static void *work(void *arg) {
    uint64_t s = (size_t)arg * 7919 + 12345;
    for (uint64_t step = LESS(200000); step; step--) {
        struct box *b = atomic_exchange(&slot[rnd(&s) % SLOTS], NULL);
        if (b && b->n) CHECK(marked(b->p, b->n, b->seed));
        size_t n = some_size(&s);
        if (!b) {
            CHECK(b = malloc(sizeof *b));
            b->p = rnd(&s) % 2 ? malloc(n) : aligned_alloc((size_t)16 << rnd(&s) % 8, n);
        } else if (rnd(&s) % 3) {
            free(b->p);
            b->p = calloc(1, n);
            CHECK(!b->p || n == 0 || (b->p[0] == 0 && b->p[n - 1] == 0));
        } else {
            b->p = realloc(b->p, n = n + 1);
        }
        CHECK(b->p);
        b->n = n, b->seed = rnd(&s);
        if (n) mark(b->p, n, b->seed);
        b = atomic_exchange(&slot[rnd(&s) % SLOTS], b);
        if (b) {
            if (b->n) CHECK(marked(b->p, b->n, b->seed));
            free(b->p);
            free(b);
        }
    }
    return NULL;
}

int main(void) {
    for (int round = 0; round < 3; round++) {
        run_threads(THREADS, work);
        if (dam_check_heap) CHECK_EQ(dam_check_heap(), 0);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        struct box *b = slot[i];
        if (b) free(b->p), free(b);
    }
    check_sound();
    return 0;
}
