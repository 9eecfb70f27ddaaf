// An event loop: objects of one type (64 bytes, a power of two as programmers
// like them) come and go in random order, 100,000 alive at a time.
#include "churn.h"

static size_t event_size(uint64_t *random) {
    (void)random;
    return 64;
}

int main(void) {
    print_checksum(churn(100000, 30000000, event_size));
}
