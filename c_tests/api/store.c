// A thread that is busy with blocks of the middle tier keeps freed ones for itself; one that is not keeps none. What it
// keeps goes back when it is asked for, when the thread ends, and when it has been left alone; none of it fails to serve size,
// alignment and zeros.
// Closed fast paths have no store.
// holds: fast default
// The sample of the frees would take a block now and then.
// options: sample_frees=0
// modes: preload static local
#include "store.h"
#include "threads.h"

enum { N = STORE_SIZE };

// Sixteen pairs a millisecond: half of what is busy. The others, too long for a store, are what makes it look at the clock.
static void be_slow(void) {
    for (int i = 0; i < 60; i++) {
        for (int k = 0; k < 16; k++) free(opaque(malloc(N)));
        for (int k = 0; k < 4; k++) free(opaque(malloc(300 * KIB)));
        sleep_ms(1);
    }
}

static void lets_go_when_slow(void) {
    be_slow();
    CHECK(!in_store(N));
    be_busy(N);
    be_slow();
    CHECK(!in_store(N));
}

static void sizes_and_alignment(void) {
    for (size_t n = 16377; n <= 600 * KIB; n += n / 3 + 1) {
        if (n <= 250 * KIB) be_busy(n);
        else for (int i = 0; i < 20000; i++) free(opaque(malloc(n)));
        CHECK_EQ(in_store(n), n <= 250 * KIB);
        unsigned char *p = malloc(n), *q;
        CHECK_EQ(malloc_usable_size(p), n);
        memset(p, 0xa5, n), free(p);
        CHECK((p = calloc(1, n)) && all_zero(p, n));
        CHECK(q = realloc(p, n - 30));
        CHECK_EQ(malloc_usable_size(q), n - 30);
        CHECK(all_zero(q, n - 30));
        free(q);
        for (size_t align = 16; align <= 2 * MIB; align *= 2) {
            CHECK(p = aligned_alloc(align, n));
            CHECK(aligned_to(p, align));
            mark(p, n, align);
            free(p);
        }
    }
}

// Of the pools nothing is in use any more, so all of their memory goes.
static void check_all_gone(void) {
    CHECK_EQ(stats().middle_live, 0);
    CHECK_LE(stats().committed_bytes, 4 * MIB);
}

static void *leaves_full(void *arg) {
    void *p[STORED];
    be_busy(N);
    for (int i = 0; i < STORED; i++) memset(p[i] = malloc(N), 1, N);
    for (int i = 0; i < STORED; i++) free(p[i]);
    return arg;
}

// A thread that gets what a busy one has left begins without a store all the same, or, where the first look at it counts what
// the other one did last, has none from the next look on.
static void *begins(void *arg) {
    if (in_store(N)) be_slow();
    CHECK(!in_store(N));
    return arg;
}

static void goes_back(void) {
    leaves_full(NULL);
    uint64_t joined = stats().middle_coalesces;
    malloc_trim(0);
    CHECK_GE(stats().middle_coalesces, joined + 1);
    uint64_t kept = stats().committed_bytes;
    for (int i = 0; i < 20; i++) {
        join(start(leaves_full, NULL));
        join(start(begins, NULL));
        malloc_trim(0);
        CHECK_LE(stats().committed_bytes, kept + 256 * KIB);
    }
    leaves_full(NULL);
    be_slow();
    CHECK(!in_store(N));
}

int main(void) {
    if (!dam_version) return 0;
    CHECK(!in_store(N));
    lets_go_when_slow();
    sizes_and_alignment();
    goes_back();
    malloc_trim(0);
    check_all_gone();
    check_sound();
    return 0;
}
