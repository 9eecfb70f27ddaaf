// House of force: an overflow makes the size of what is left of the heap enormous, then one request leads the next one to
// the target. DAM has no such size in reach: the impossible request fails, the next ones are where they are.
// profiles: default hardened
// violation: heap-buffer-overflow
#include "attack.h"

static char target[4096];

int main(void) {
    static const size_t sizes[] = {100, 1000, 30000};
    for (size_t i = 0; i < 3; i++) {
        unsigned char *last = malloc(sizes[i]);
        for (size_t k = 0; k < 50; k++) {  // the one that lies highest
            unsigned char *p = malloc(sizes[i]);
            if (p > last) last = p;
        }
        memset(opaque(last + sizes[i]), 0xff, 8);
        for (size_t away = 0; away < 4; away++) {
            size_t wish = (uintptr_t)target - (uintptr_t)last - sizes[i] - away * 16;
            void *p = malloc(wish | (size_t)1 << 63);
            CHECK(!p && errno == ENOMEM);
        }
        CHECK(!malloc(SIZE_MAX) && !malloc((size_t)-2) && !calloc(SIZE_MAX / 2, 3));
        free(opaque(last));
        CHECK_GE(violations(), i + 1);
        check_no_control(target, sizeof target, sizes[i]);
    }
    CHECK(all_zero(target, sizeof target));
    live_a_little();
    return 0;
}
