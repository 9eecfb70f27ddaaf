// What cannot be had: std::bad_alloc thrown and caught, through the frames in between, from every throwing form; the
// nothrow forms give a null pointer; new T[n] with an overflowing n throws bad_array_new_length.
#include "check.h"

#include <new>
#include <string>
#include <vector>

template <class F> static void throws(F f) {
    bool caught = false;
    try {
        std::string local = "a destructor must run on the way: long enough to be on the heap";
        f();
    } catch (const std::bad_alloc &e) {
        caught = std::string(e.what()).find("bad") != std::string::npos;
    }
    CHECK(caught);
}

int main() {
    for (int round = 0; round < 200; round++) {
        for (size_t n : {(size_t)PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX, SIZE_MAX - 64, (size_t)1 << 50}) {
            throws([=] { ::operator delete(::operator new(n)); });
            throws([=] { ::operator delete[](::operator new[](n)); });
            throws([=] { ::operator delete(::operator new(n, std::align_val_t{64})); });
            throws([=] { ::operator delete[](::operator new[](n, std::align_val_t{4096})); });
            CHECK(::operator new(n, std::nothrow) == nullptr);
            CHECK(::operator new[](n, std::nothrow) == nullptr);
            CHECK(::operator new(n, std::align_val_t{64}, std::nothrow) == nullptr);
            CHECK(::operator new[](n, std::align_val_t{64}, std::nothrow) == nullptr);
        }
        throws([] { std::vector<char>().reserve((size_t)PTRDIFF_MAX); });
        volatile size_t count = SIZE_MAX / 2;
        throws([&] { delete[] static_cast<long *>(opaque(new long[count])); });
    }
    std::vector<int> fine(1000, 7);
    CHECK(fine[999] == 7);
    check_sound();
    return 0;
}
