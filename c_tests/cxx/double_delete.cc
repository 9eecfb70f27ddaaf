// delete twice, delete[] of an interior pointer, writes behind a new'd array: as for malloc.
// violation: double-free
// modes: preload static
#include "check.h"

int main() {
    int *p = new int[10];
    delete[] p;
    delete[] static_cast<int *>(opaque(p));
    CHECK_EQ(violations(), 1);
    char *c = new char[33];
    delete[] static_cast<char *>(opaque(c + 16));
    CHECK_EQ(violations(), 2);
    static_cast<char *>(opaque(c))[33] ^= 1;
    delete[] c;
    CHECK_EQ(violations(), 3);
    return 0;
}
