// gperftools' VerifyAllMemory and its like find damage, report it, and say so.
// violation: heap-buffer-overflow
// holds: fast default hardened
// modes: preload static
#include "gperftools.h"

int main(void) {
    char *small = malloc(100), *middle = malloc(100000);
    CHECK_EQ(MallocExtension_VerifyAllMemory(), 1);
    small[100] ^= 1;
    CHECK_EQ(MallocExtension_VerifyMallocMemory(small), 0);
    CHECK_EQ(MallocExtension_VerifyAllMemory(), 0);
    middle[100000] ^= 1;
    CHECK_EQ(MallocExtension_VerifyNewMemory(middle), 0);
    CHECK_EQ(MallocExtension_VerifyArrayNewMemory(small + 16), 0);  // no block
    CHECK_EQ(violations(), 3);  // the same damage is told once
    return 0;
}
