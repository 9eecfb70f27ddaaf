// A long run over the end, or back over the start, of a large block reaches a page that faults before it reaches anything
// else's memory.
// modes: preload static local
#include "misuse.h"

static size_t length;

static void forwards(void *p) {
    // A mapping that is used again may be longer than its new block by a little.
    unsigned char *end = (unsigned char *)p + length;
    for (size_t i = 0; i < length / 4 + 2 * PAGE; i++) end[i] = 1;
}
static void backwards(void *p) {
    for (unsigned char *at = p; at > (unsigned char *)p - 2 * PAGE; at--) *at = 1;
}

int main(void) {
    if (!dam_version) return 0;
    const size_t sizes[] = {MIDDLE_MAX + 1, 10 * MIB, 9 * MIB + 100, 50 * MIB};
    for (size_t i = 0; i < 4; i++) {
        unsigned char *a = malloc(sizes[i]), *p = malloc(sizes[i]), *b = malloc(sizes[i]);
        length = sizes[i];
        CHECK(DIED_BY(in_child(forwards, p), SIGSEGV));
        CHECK(DIED_BY(in_child(backwards, p), SIGSEGV));
        free(a), free(p), free(b);
    }
    check_sound();
    return 0;
}
