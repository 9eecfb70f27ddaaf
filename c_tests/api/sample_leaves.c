// A block of the sample of the frees waits, and leaves when its pool was given sixteen more: its place serves again.
// options: profile=default:sample_frees=1
// modes: preload static
#include "check.h"

enum { SAMPLE = 250000, OTHER = 280000 };

int main(void) {
    // The first block that a pool is given is one of it. The others are too long for it, and for a thread's store.
    char *sample = opaque(malloc(SAMPLE));
    free(sample);
    char *next = opaque(malloc(SAMPLE));
    CHECK(next != sample);
    void *others[17];
    for (int i = 0; i < 17; i++) others[i] = opaque(malloc(OTHER));
    for (int i = 0; i < 17; i++) free(others[i]);
    CHECK(opaque(malloc(SAMPLE)) == (void *)sample);
    return 0;
}
