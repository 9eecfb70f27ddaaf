// Eight threads in a ring: what each allocates its neighbour checks and frees; nothing is lost, changed or freed twice.
// modes: preload static local local-asan local-tsan ubsan
#include "threads.h"

enum { RING = 8, DEPTH = 64 };
static struct { _Atomic(unsigned char *) slot[DEPTH]; } box[RING];

static size_t size_of(size_t i) { return i % 97 == 0 ? 40000 : i % 997 == 1 ? 9000000 : i % 700 + 1; }

static void *work(void *arg) {
    size_t me = (size_t)arg, next = (me + 1) % RING, count = LESS((size_t)40000);
    size_t sent = 0, got = 0;
    while (sent < count || got < count) {
        if (sent < count && !atomic_load(&box[next].slot[sent % DEPTH])) {
            size_t n = size_of(sent);
            unsigned char *p = malloc(n);
            CHECK(p);
            mark(p, n, sent);
            atomic_store(&box[next].slot[sent % DEPTH], p);
            sent++;
        }
        unsigned char *p = got < count ? atomic_exchange(&box[me].slot[got % DEPTH], NULL) : NULL;
        if (p) {
            CHECK(marked(p, size_of(got), got));
            free(p);
            got++;
        } else {
            sched_yield();
        }
    }
    return NULL;
}

int main(void) {
    run_threads(RING, work);
    check_sound();
    return 0;
}
