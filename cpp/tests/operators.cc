// The replacement operators new and delete of dam_new.cc, compiled into this program.
#include "check.hpp"

#include "../dam_new.cc"

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace {

struct alignas(512) wide {
    char bytes[512];
};

bool is_dams(const void *block, std::size_t size) {
    return !dam::available() || dam_malloc_usable_size(const_cast<void *>(block)) == size;
}
bool is_aligned(const void *block, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

void every_form() {
    constexpr std::align_val_t alignment{512};
    const std::nothrow_t &quiet = std::nothrow;
    for (std::size_t size : {0u, 1u, 24u, 1000u, 100000u}) {
        const std::size_t real = size ? size : 1;
        void *block = ::operator new(size);
        CHECK(block && is_dams(block, real));
        ::operator delete(block);
        block = ::operator new[](size);
        CHECK(block && is_dams(block, real));
        ::operator delete[](block);
        block = ::operator new(size, quiet);
        CHECK(block && is_dams(block, real));
        ::operator delete(block, quiet);
        block = ::operator new[](size, quiet);
        CHECK(block && is_dams(block, real));
        ::operator delete[](block, quiet);
        block = ::operator new(size, alignment);
        CHECK(is_aligned(block, 512) && is_dams(block, real));
        ::operator delete(block, alignment);
        block = ::operator new[](size, alignment);
        CHECK(is_aligned(block, 512) && is_dams(block, real));
        ::operator delete[](block, alignment);
        block = ::operator new(size, alignment, quiet);
        CHECK(is_aligned(block, 512) && is_dams(block, real));
        ::operator delete(block, alignment, quiet);
        block = ::operator new[](size, alignment, quiet);
        CHECK(is_aligned(block, 512) && is_dams(block, real));
        ::operator delete[](block, alignment, quiet);
        // Sized.
        ::operator delete(::operator new(size), size);
        ::operator delete[](::operator new[](size), size);
        ::operator delete(::operator new(size, alignment), size, alignment);
        ::operator delete[](::operator new[](size, alignment), size, alignment);
    }
}

void used_by_the_language() {
    const std::unique_ptr<long> one(new long(3));
    CHECK(is_dams(one.get(), sizeof(long)));
    const std::unique_ptr<wide> aligned(new wide);
    CHECK(is_aligned(aligned.get(), 512));
    const std::vector<int> some(1000, 7);
    CHECK(is_dams(some.data(), 1000 * sizeof(int)));
    const std::list<std::string> texts(100, "a string that is too long to be kept in place");
    CHECK(texts.size() == 100);
    const std::unique_ptr<std::string[]> names(new std::string[10]);
    CHECK(names[9].empty());
}

void refused() {
    if (!test::can_run_out) {
        return;
    }
    volatile std::size_t most = SIZE_MAX / 4;
    void *volatile block = nullptr; // a call whose result nobody wants may be left out
    CHECK(::operator new(most, std::nothrow) == nullptr);
    CHECK(::operator new[](most, std::align_val_t(64), std::nothrow) == nullptr);
#ifdef __cpp_exceptions
    CHECK(test::throws<std::bad_alloc>([&] { block = ::operator new(most); }));
    CHECK(test::throws<std::bad_alloc>([&] { block = ::operator new[](most, std::align_val_t(64)); }));
#endif
    CHECK(block == nullptr);
}

} // namespace

static void run() {
    every_form();
    used_by_the_language();
    refused();
}
