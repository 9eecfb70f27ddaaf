// Every form of operator new and delete, called directly: ordinary, nothrow, aligned, aligned nothrow, arrays of each, and
// the sized deletes. Lengths, alignment and contents are right, nothing is reported, nothing is left.
// modes: preload static ubsan
#include "check.h"

#include <initializer_list>
#include <new>

static void use(void *p, size_t n, size_t a = 16) {
    CHECK(p && aligned_to(p, a));
    if (dam_version && n) CHECK_EQ(malloc_usable_size(p), n);
    mark(p, n, n);
    CHECK(marked(p, n, n));
}

template <class New, class Delete> static void pair(size_t n, size_t a, New get, Delete give) {
    void *p = get();
    use(p, n, a);
    give(p);
}

#define PAIR(a, get, give) pair(n, a, [=] { return get; }, [=](void *p) { give; })

static void all_forms(size_t n) {
    PAIR(16, ::operator new(n), ::operator delete(p));
    PAIR(16, ::operator new(n), ::operator delete(p, n));
    PAIR(16, ::operator new(n), ::operator delete(p, std::nothrow));
    PAIR(16, ::operator new(n, std::nothrow), ::operator delete(p));
    PAIR(16, ::operator new(n, std::nothrow), ::operator delete(p, n));
    PAIR(16, ::operator new(n, std::nothrow), ::operator delete(p, std::nothrow));
    PAIR(16, ::operator new[](n), ::operator delete[](p));
    PAIR(16, ::operator new[](n), ::operator delete[](p, n));
    PAIR(16, ::operator new[](n), ::operator delete[](p, std::nothrow));
    PAIR(16, ::operator new[](n, std::nothrow), ::operator delete[](p));
    PAIR(16, ::operator new[](n, std::nothrow), ::operator delete[](p, n));
    PAIR(16, ::operator new[](n, std::nothrow), ::operator delete[](p, std::nothrow));
    for (size_t a = 16; a <= 1 << 20; a *= 8) {
        std::align_val_t v{a};
        PAIR(a, ::operator new(n, v), ::operator delete(p, v));
        PAIR(a, ::operator new(n, v), ::operator delete(p, n, v));
        PAIR(a, ::operator new(n, v), ::operator delete(p, v, std::nothrow));
        PAIR(a, ::operator new(n, v, std::nothrow), ::operator delete(p, v));
        PAIR(a, ::operator new(n, v, std::nothrow), ::operator delete(p, n, v));
        PAIR(a, ::operator new(n, v, std::nothrow), ::operator delete(p, v, std::nothrow));
        PAIR(a, ::operator new[](n, v), ::operator delete[](p, v));
        PAIR(a, ::operator new[](n, v), ::operator delete[](p, n, v));
        PAIR(a, ::operator new[](n, v), ::operator delete[](p, v, std::nothrow));
        PAIR(a, ::operator new[](n, v, std::nothrow), ::operator delete[](p, v));
        PAIR(a, ::operator new[](n, v, std::nothrow), ::operator delete[](p, n, v));
        PAIR(a, ::operator new[](n, v, std::nothrow), ::operator delete[](p, v, std::nothrow));
    }
}

int main() {
    ::operator delete(nullptr);
    ::operator delete[](nullptr);
    ::operator delete(nullptr, size_t{5});
    ::operator delete(nullptr, std::align_val_t{64});
    ::operator delete[](nullptr, size_t{5}, std::align_val_t{64});
    ::operator delete(nullptr, std::nothrow);
    dam_stats_t before{}, after{};
    if (dam_version) before = stats();
    for (size_t n : {size_t{1}, size_t{8}, size_t{40}, size_t{1000}, SMALL_MAX, SMALL_MAX + 1, size_t{300000}, MIDDLE_MAX, MIDDLE_MAX + 1, 20 * MIB})
        all_forms(n);
    void *a = ::operator new(0), *b = ::operator new[](0), *c = ::operator new(0, std::align_val_t{128});
    CHECK(a && b && c && a != b && aligned_to(c, 128));
    ::operator delete(a, size_t{0}), ::operator delete[](b), ::operator delete(c, std::align_val_t{128});
    if (dam_version) {
        after = stats();
        CHECK_EQ(after.live_blocks, before.live_blocks);
        CHECK_EQ(after.dealloc_mismatches, before.dealloc_mismatches);
    }
    check_sound();
    return 0;
}
