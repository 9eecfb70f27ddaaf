// Image and video work: buffers of 64 KiB..8 MiB, each written all over and
// given back soon, ten alive.
#include "churn.h"

static size_t frame_size(uint64_t *random) {
    return octave_size(random, 64 << 10, 7);
}

int main(void) {
    print_checksum(churn(10, 5000, frame_size));
}
