// Databases and compressors: buffers of 20..500 KiB, written all over, 150
// alive, replaced in random order.
#include "churn.h"

static size_t buffer_size(uint64_t *random) {
    size_t size = octave_size(random, 20 << 10, 5);
    return size > (500 << 10) ? (500 << 10) : size;
}

int main(void) {
    print_checksum(churn(150, 300000, buffer_size));
}
