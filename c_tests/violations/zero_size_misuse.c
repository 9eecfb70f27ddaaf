// Zero-size blocks are watched like others: freed twice, or freed a step off.
// violation: double-free
#include "misuse.h"

int main(void) {
    void *p = malloc(0), *q = malloc(0);
    free(p);
    free(opaque(p));
    CHECK_EQ(violations(), 1);
    free(opaque((char *)q + 1));
    CHECK_EQ(violations(), 2);
    CHECK(realloc(opaque(p), 10) == NULL);
    CHECK_EQ(violations(), 3);
    free(q);
    check_reported(3);
    return 0;
}
