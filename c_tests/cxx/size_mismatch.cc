// Sized delete with another size than was asked for: through a base class without virtual destructor, the usual way.
// violation: size-mismatch
// modes: preload static
#include "check.h"

struct base { long a = 1; };
struct derived : base { long more[20] = {}; };

int main() {
    base *volatile p = new derived;
    delete p;
    CHECK_EQ(violations(), 1);
    ::operator delete(opaque(::operator new(100)), size_t{99});
    CHECK_EQ(violations(), 2);
    ::operator delete[](opaque(::operator new[](100)), size_t{101});
    CHECK_EQ(violations(), 3);
    derived *volatile q = new derived;
    delete q;
    CHECK_EQ(violations(), 3);
    return 0;
}
