// malloc(0) and its relatives give distinct non-NULL pointers whose first byte faults (SIGSEGV), that have length 0 and
// can be freed and reallocated.
// timeout: 120
#include "check.h"

static void read_it(void *p) { *(volatile char *)p; }
static void write_it(void *p) { *(volatile char *)p = 1; }

static int by_address(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

int main(void) {
    enum { MANY = 10000 };
    static void *p[MANY];
    for (size_t i = 0; i < MANY; i++) {
        switch (i % 5) {
        case 0: p[i] = malloc(0); break;
        case 1: p[i] = calloc(0, 16); break;
        case 2: p[i] = calloc(16, 0); break;
        case 3: p[i] = realloc(NULL, 0); break;
        case 4: p[i] = aligned_alloc(64, 0); break;
        }
        CHECK(p[i] && aligned_to(p[i], i % 5 == 4 ? 64 : 16));
        if (dam_version) CHECK_EQ(malloc_usable_size(p[i]), 0);
    }
    if (dam_version)
        for (size_t i = 0; i < 5; i++) {
            CHECK(DIED_BY(in_child(read_it, p[i]), SIGSEGV));
            CHECK(DIED_BY(in_child(write_it, p[i]), SIGSEGV));
        }
    static void *sorted[MANY];
    memcpy(sorted, p, sizeof p);
    qsort(sorted, MANY, sizeof *sorted, by_address);
    for (size_t i = 1; i < MANY; i++) CHECK(sorted[i] != sorted[i - 1]);

    if (dam_version) CHECK_GE(stats().zero_live, MANY);
    for (size_t i = 0; i < MANY; i++) {
        if (i % 2) {
            free(p[i]);
        } else {
            p[i] = realloc(p[i], 30);
            CHECK(p[i]);
            fill(p[i], 30, i);
        }
    }
    for (size_t i = 0; i < MANY; i += 2) {
        CHECK(holds(p[i], 30, i));
        free(p[i]);
    }
    for (size_t i = 0; i < 200000; i++) free(malloc(0));  // and they are given back
    check_sound();
    return 0;
}
