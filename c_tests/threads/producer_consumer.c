// One thread only allocates, another only frees: memory is passed back, so that resident memory stays bounded.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// modes: preload static local local-tsan
// timeout: 120
#include "threads.h"

enum { DEPTH = 1024 };
static _Atomic(unsigned char *) ring[DEPTH];
static size_t total = LESS((size_t)3000000);

static size_t size_of(size_t i) { return i % 1000 == 0 ? 30000 : i % 500 + 8; }

static void *produce(void *arg) {
    for (size_t i = 0; i < total; i++) {
        unsigned char *p = malloc(size_of(i));
        CHECK(p);
        p[0] = pattern(0, i), p[size_of(i) - 1] = pattern(1, i);
        while (atomic_load(&ring[i % DEPTH])) sleep_ms(0);
        atomic_store(&ring[i % DEPTH], p);
    }
    return arg;
}

static void *consume(void *arg) {
    for (size_t i = 0; i < total; i++) {
        unsigned char *p;
        while (!(p = atomic_exchange(&ring[i % DEPTH], NULL))) sleep_ms(0);
        CHECK(p[0] == pattern(0, i) && p[size_of(i) - 1] == pattern(1, i));
        free(p);
    }
    return arg;
}

int main(void) {
    size_t before = rss_kib();
    pthread_t a = start(produce, NULL), b = start(consume, NULL);
    join(a), join(b);
    if (LESS(100) == 100) CHECK_LE(rss_kib(), before + 24 * KIB);
    check_sound();
    return 0;
}
