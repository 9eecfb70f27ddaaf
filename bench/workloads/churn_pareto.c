// An interpreter's heap: sizes with a long tail (half of them under 32 bytes,
// one in a thousand of 16 KiB), 60,000 alive, replaced in random order.
#include "churn.h"

static size_t value_size(uint64_t *random) {
    return pareto_size(random, 16, 16384);
}

int main(void) {
    print_checksum(churn(60000, 20000000, value_size));
}
