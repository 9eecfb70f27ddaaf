// valloc and pvalloc give page-aligned blocks; pvalloc's are whole pages long.
#include "check.h"

int main(void) {
    for (size_t n = 1; n < 20 * MIB; n = n * 2 + 3) {
        unsigned char *p = valloc(n), *q = pvalloc(n);
        size_t whole = (n + PAGE - 1) / PAGE * PAGE;
        CHECK(p && q && aligned_to(p, PAGE) && aligned_to(q, PAGE));
        mark(p, n, 1);
        mark(q, whole, 2);
        CHECK(marked(p, n, 1) && marked(q, whole, 2));
        CHECK_GE(malloc_usable_size(q), whole);
        free(p);
        q = realloc(q, whole * 2);
        CHECK(q && holds(q, 1, 2));
        free(q);
    }
    void *zero = pvalloc(0);
    CHECK(zero && aligned_to(zero, PAGE));
    free(zero);
    zero = valloc(0);
    CHECK(zero && aligned_to(zero, PAGE));
    free(zero);
    check_sound();
    return 0;
}
