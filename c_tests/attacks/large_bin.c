// Large-bin attack: the links of a large freed block are forged, so that sorting it in would write to the target. DAM
// keeps them nowhere near: by default the write goes nowhere, hardened makes the pages inaccessible at the free.
// profiles: default hardened
// Without the sample, which finds some of this by chance.
// options: sample_frees=0
// modes: preload static local
#include "attack.h"

static uintptr_t target[16];
static uintptr_t *freed;

static void forge(void *unused) {
    (void)unused;
    for (size_t i = 0; i < 8; i++) freed[i] = (uintptr_t)target - 32;
}

int main(void) {
    static const size_t sizes[] = {600000, 1000000, 9000000, 20000000};
    for (size_t i = 0; i < 4; i++) {
        void *p = malloc(sizes[i]), *wall = malloc(sizes[i]);
        memset(opaque(p), 1, sizes[i]);
        freed = opaque(p);
        free(p);
        int status = in_child(forge, NULL);
        if (under("hardened"))
            CHECK(DIED_BY(status, SIGSEGV));
        else
            CHECK(WIFEXITED(status) || DIED_BY(status, SIGSEGV));
        if (WIFEXITED(status)) forge(NULL);
        void *other = malloc(sizes[i] + 5000);
        check_no_control(target, sizeof target, sizes[i]);
        free(other), free(wall);
    }
    CHECK(all_zero(target, sizeof target));
    check_sound();
    return 0;
}
