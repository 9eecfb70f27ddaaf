// A network service: nine small descriptors (24..72 bytes) for each buffer of
// 1.5..9 KiB, 20,000 alive, replaced in random order.
#include "churn.h"

static size_t message_size(uint64_t *random) {
    return between(random, 0, 9) ? between(random, 24, 72) : between(random, 1500, 9000);
}

int main(void) {
    print_checksum(churn(20000, 18000000, message_size));
}
