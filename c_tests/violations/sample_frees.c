// A sample of the frees: a block that is one of it is cleared, is not handed out next, and a write to it is found by the next
// slow path where it hit the beginning, else when the place is used again. A thread begins with a sample of each size.
// options: profile=default
// modes: preload static
// violation: use-after-free
#include "misuse.h"

static const size_t sizes[] = {8, 200, 4096, 9000, 200000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void look_at_sample(size_t n) {
    unsigned char *p = malloc(n), *q;
    memset(opaque(p), 'A', n);
    free(p);
    // Volatile, since a compiler may take it that nobody reads this. What begins a middle block lies in front of it.
    for (size_t i = 0; i < n - 8; i++) CHECK(((volatile unsigned char *)opaque(p))[i] == 0);
    CHECK(q = malloc(n));
    CHECK(q != p);
}

static void find_write(size_t n, size_t at, size_t seen) {
    unsigned char *p = malloc(n);
    free(p);
    ((volatile unsigned char *)opaque(p))[at] = 1;
    // Sizes that were not asked for yet take a slow path.
    for (size_t i = 1; i < 20; i++) CHECK(malloc(700 * i + 100 * seen));
    CHECK_EQ(violations(), seen + 1);
}

int main(void) {
    for (size_t i = 0; i < SIZES; i++) look_at_sample(sizes[i]);
    find_write(1000, 0, 0);
    find_write(60, 59, 1);

    // Behind what is looked at, the place's next use tells.
    unsigned char *p = malloc(3000);
    free(p);
    ((volatile unsigned char *)opaque(p))[2900] = 1;
    for (size_t i = 0; i < 8; i++) free(malloc(2500 + 400 * i));
    CHECK_EQ(violations(), 3);
    check_reported(3);
    return 0;
}
