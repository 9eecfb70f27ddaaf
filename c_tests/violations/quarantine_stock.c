// A thread holds free slots of a pool that goes into quarantine: those do not come out any more, neither do blocks of the
// pool that are freed later.
// In paranoid there are no pools: a damaged block's own pages are what is closed.
// holds: fast default hardened
// violation: heap-buffer-overflow
#include "misuse.h"

enum { BLOCKS = 10, MANY = 2000 };

int main(void) {
    for (size_t n = 90, tried = 1; n < 1000; n += 100, tried++) {  // no canary is the word in front of the next block
        unsigned char *p[BLOCKS], *low = NULL, *high = NULL;
        for (size_t i = 0; i < BLOCKS; i++) p[i] = malloc(n);
        uint64_t held = stats().small_cached;
        CHECK_GE(held, 1);
        for (size_t i = 0; i < BLOCKS; i++) {
            if (!low || p[i] < low) low = p[i];
            if (!high || p[i] > high) high = p[i];
        }
        high += 20 * n;  // the next slots, which are in this thread's hands
        *(unsigned char *)opaque(p[BLOCKS / 2] + n) ^= 1;
        free(p[BLOCKS / 2]);
        CHECK_EQ(violations(), tried);
        for (size_t i = 0; i < BLOCKS; i++)
            if (i != BLOCKS / 2) free(p[i]);
        static unsigned char *q[MANY];
        for (size_t i = 0; i < MANY; i++) {
            CHECK(q[i] = malloc(n));
            CHECK(q[i] < low || q[i] > high);
        }
        for (size_t i = 0; i < MANY; i++) free(q[i]);
    }
    check_reported(10);
    return 0;
}
