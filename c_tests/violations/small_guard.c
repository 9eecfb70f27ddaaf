// Every pool of small blocks ends with a page that faults, and the pool behind it does not begin with a block: its first
// place is never handed out.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
#include "misuse.h"

enum { MANY = 40000 };
static int pipe_ends[2];

// Whether the byte can be read, asked of the kernel.
static bool readable(const char *at) {
    char c;
    if (write(pipe_ends[1], at, 1) != 1) {
        CHECK_EQ(errno, EFAULT);
        return false;
    }
    CHECK_EQ(read(pipe_ends[0], &c, 1), 1);
    return true;
}

int main(void) {
    CHECK_EQ(pipe(pipe_ends), 0);
    static char *p[MANY];
    // The sizes, and the most that a pool of them takes up.
    const size_t sizes[][2] = {{30, 256 * KIB}, {100, 256 * KIB}, {1000, 260 * KIB}, {7000, 512 * KIB}, {16000, 1100 * KIB}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t n = sizes[k][0], count = 6 * MIB / n < MANY ? 6 * MIB / n : MANY, holes = 0;
        char *low = NULL, *high = NULL;
        for (size_t i = 0; i < count; i++) CHECK(p[i] = malloc(n));
        // The first few may be lent by a larger size, far away.
        char *middle = p[count / 2];
        size_t near = 0;
        for (size_t i = 0; i < count; i++) {
            if (p[i] > middle + 64 * MIB || p[i] < middle - 64 * MIB) continue;
            near++;
            if (!low || p[i] < low) low = p[i];
            if (p[i] > high) high = p[i];
        }
        CHECK_GE(near, count - count / 8);
        for (char *page = low - (uintptr_t)low % PAGE; page < high; page += PAGE) {
            if (readable(page)) continue;
            holes++;
            for (size_t i = 0; i < count; i++) CHECK(p[i] + n <= page || p[i] >= page + PAGE + n);
        }
        CHECK_GE(holes, (size_t)(high - low) / sizes[k][1]);
        CHECK_GE(holes, 3);
        for (size_t i = 0; i < count; i++) free(p[i]);
    }
    check_sound();
    return 0;
}
