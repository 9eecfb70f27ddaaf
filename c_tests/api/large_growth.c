// A large block that shrinks and grows where it is, or moves: the bytes it gains hold nothing of the canary that was behind it.
// profiles: default hardened
#include "check.h"

int main(void) {
    static const size_t steps[] = {9 * MIB + 200, 9 * MIB + 5000, 9 * MIB + 100, 9 * MIB + 8000, 9 * MIB + 8001, 10 * MIB, 9 * MIB, 12 * MIB, 40 * MIB};
    size_t had = 9 * MIB + 100;
    unsigned char *p = malloc(had);
    CHECK(p);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        size_t n = steps[i];
        CHECK(p = realloc(p, n));
        // All of it was never anything but new memory and canary.
        if (n > had) CHECK(all_zero(p + had, n - had));
        had = n;
    }
    free(p);
    check_sound();
    return 0;
}
