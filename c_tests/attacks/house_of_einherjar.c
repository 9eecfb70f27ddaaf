// House of einherjar: one zero byte says that the block in front is free, and a forged distance in the last bytes of that
// block leads to a fake one at the target, with which the freed block would be joined. Reported; nothing is joined.
// profiles: default hardened
// violation: heap-buffer-
#include "attack.h"

static _Alignas(16) uintptr_t target[8192];

int main(void) {
    static const size_t sizes[] = {1000, 30000};
    for (size_t i = 0; i < 2; i++) {
        unsigned char *a, *b;
        neighbours(sizes[i], &a, &b);
        uintptr_t far = (uintptr_t)b - 16 - (uintptr_t)target;
        target[0] = 0, target[1] = far;
        target[2] = target[3] = target[4] = target[5] = (uintptr_t)target;
        memcpy(opaque(b - 16), &far, 8);
        *(unsigned char *)opaque(b - 8) = 0;
        free(b);
        free(a);
        CHECK_GE(violations(), i + 1);
        check_no_control(target, sizeof target, sizes[i]);
        check_no_control(target, sizeof target, 60000);
        CHECK_EQ(target[1], far);
    }
    live_a_little();
    return 0;
}
