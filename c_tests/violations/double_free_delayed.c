// A block freed again after thousands of other operations, while its place is free or lies in another thread's stock.
// violation: double-free
#include "misuse.h"
#include "threads.h"

static void *forget(void *p) {
    free(p);
    return NULL;
}

int main(void) {
    uint64_t expected = 0;
    for (size_t i = 0; i < TIERS; i++) {
        if (tiers[i] > SMALL_MAX) continue;  // a larger one may rightly be part of another block by now
        void *p = malloc(tiers[i]);
        free(p);
        for (size_t k = 0; k < 5000; k++) {  // other sizes: nobody takes its place
            void *q = malloc(tiers[i] > 8000 ? 50 : 16000), *r = calloc(1, 70000);
            free(q), free(r);
        }
        free(opaque(p));
        CHECK_EQ(violations(), ++expected);
        p = malloc(tiers[i]);
        join(start(forget, p));
        free(opaque(p));
        CHECK_EQ(violations(), ++expected);
    }
    check_reported(expected);
    return 0;
}
