// With zero_size=null every request for nothing gives NULL, and everything else goes on.
// options: zero_size=null
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    CHECK(malloc(0) == NULL);
    CHECK(calloc(0, 5) == NULL);
    CHECK(calloc(5, 0) == NULL);
    CHECK(realloc(NULL, 0) == NULL);
    CHECK(reallocarray(NULL, 0, 4) == NULL);
    CHECK(aligned_alloc(64, 0) == NULL);
    CHECK(memalign(64, 0) == NULL);
    void *p = &p;
    CHECK_EQ(posix_memalign(&p, 64, 0), 0);
    CHECK(p == NULL);
    CHECK_EQ(posix_memalign(&p, 24, 0), EINVAL);
    p = malloc(1);
    CHECK(p);
    CHECK(realloc(p, 0) == NULL);
    free(NULL);
    check_sound();
    return 0;
}
