// The nothrow forms of operator new ask the new_handler as the throwing ones do, and turn its bad_alloc into a null pointer.
#include "check.h"

#include <new>

static int called;

static void lift() {  // on the third call, the limit that made the request fail
    struct rlimit r;
    getrlimit(RLIMIT_AS, &r);
    if (++called == 3) r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_AS, &r);
}
static void throwing_bad_alloc() {
    called++;
    throw std::bad_alloc{};
}

int main() {
    const size_t n = 600 * MIB;
    std::set_new_handler(lift);
    for (int form = 0; form < 3; form++) {
        malloc_trim(0);
        struct rlimit r;
        CHECK_EQ(getrlimit(RLIMIT_AS, &r), 0);
        r.rlim_cur = 64 * MIB;
        CHECK_EQ(setrlimit(RLIMIT_AS, &r), 0);
        called = 0;
        void *p = form == 0   ? ::operator new(n, std::nothrow)
                  : form == 1 ? ::operator new[](n, std::nothrow)
                              : ::operator new(n, std::align_val_t{64}, std::nothrow);
        CHECK(p && called == 3);
        if (form == 0) ::operator delete(p);
        else if (form == 1) ::operator delete[](p);
        else ::operator delete(p, std::align_val_t{64});
    }
    called = 0;
    std::set_new_handler(throwing_bad_alloc);
    CHECK(::operator new(PTRDIFF_MAX, std::nothrow) == nullptr);
    CHECK_EQ(called, 1);
    check_sound();
    return 0;
}
