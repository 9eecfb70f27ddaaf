// Shared by the programs that attack the heap: what an attacker wishes for, and the proof that it does not come.
#ifndef DAM_TEST_ATTACK_H
#define DAM_TEST_ATTACK_H
#include <setjmp.h>

#include "misuse.h"

// Whether the program runs under this profile.
__attribute__((unused)) static bool under(const char *profile) {
    const char *options = getenv("DAM_OPTIONS");
    return options && strstr(options, profile);
}

static int by_start(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

// The attacker's next requests: none of them gets a block that touches the target, or another block.
__attribute__((unused)) static void check_no_control(const void *target, size_t length, size_t size) {
    enum { MANY = 2000 };
    static uintptr_t got[MANY];
    size_t count = size > 500000 ? 20 : size > 10000 ? 200 : MANY;
    uintptr_t wish = (uintptr_t)target;
    for (size_t i = 0; i < count; i++) {
        CHECK(got[i] = (uintptr_t)malloc(size));
        CHECK(got[i] + size <= wish || wish + length <= got[i]);
        mark((void *)got[i], size, i);
    }
    for (size_t i = 0; i < count; i++) CHECK(marked((void *)got[i], size, i));
    qsort(got, count, sizeof *got, by_start);
    for (size_t i = 1; i < count; i++) CHECK_LE(got[i - 1] + size, got[i]);
    for (size_t i = 0; i < count; i++) free((void *)got[i]);
}

// Two blocks of one size, one behind the other with nothing between them but what is DAM's.
__attribute__((unused)) static void neighbours(size_t size, unsigned char **first, unsigned char **second) {
    enum { MANY = 400 };
    static unsigned char *got[MANY];
    for (size_t i = 0; i < MANY; i++) CHECK(got[i] = malloc(size));
    qsort(got, MANY, sizeof *got, by_start);
    size_t best = 0;
    for (size_t i = 0; i + 1 < MANY; i++)
        if (got[i + 1] - got[i] < got[best + 1] - got[best]) best = i;
    CHECK_LE(got[best + 1] - got[best], size + size / 4 + 3 * PAGE);
    *first = got[best], *second = got[best + 1];
    for (size_t i = 0; i < MANY; i++)
        if (i != best && i != best + 1) free(got[i]);
}
#endif
