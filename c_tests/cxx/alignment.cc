// An alignment that is no power of two fails: bad_alloc from the throwing forms, without asking the new-handler, which could
// not help, and a null pointer from the others.
// modes: preload static
#include "check.h"

#include <initializer_list>
#include <new>

static int asked;

template <class F> static void throws(F f) {
    bool caught = false;
    try {
        f();
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught);
}

int main() {
    if (!dam_version) return 0;
    std::set_new_handler([] {
        if (++asked > 100) _exit(3);
    });
    for (size_t a : {size_t{0}, size_t{3}, size_t{24}, size_t{3} << 20, SIZE_MAX})
        for (size_t n : {size_t{0}, size_t{10}, size_t{1000}, size_t{100000}, 20 * MIB}) {
            std::align_val_t v{a};
            throws([=] { ::operator delete(::operator new(n, v), v); });
            throws([=] { ::operator delete[](::operator new[](n, v), v); });
            CHECK(::operator new(n, v, std::nothrow) == nullptr);
            CHECK(::operator new[](n, v, std::nothrow) == nullptr);
        }
    CHECK_EQ(asked, 0);
    void *p = ::operator new(10, std::align_val_t{1});
    CHECK(p);
    ::operator delete(p, std::align_val_t{1});
    check_sound();
    return 0;
}
