// dam::make_shared: object and counts in one block of DAM.
#include "check.hpp"

#include <memory>

namespace {

using test::fragile;

struct alignas(1024) wide {
    char bytes[1024];
};

std::uint64_t blocks() {
    return dam::stats().live_blocks;
}

void one_block() {
    const std::uint64_t before = blocks();
    std::shared_ptr<fragile> shared = dam::make_shared<fragile>(3);
    CHECK(shared->value == 3 && test::alive == 1);
    CHECK(!dam::available() || blocks() == before + 1);
    std::weak_ptr<fragile> weak = shared;
    std::shared_ptr<const fragile> other = shared;
    shared.reset();
    CHECK(test::alive == 1 && weak.use_count() == 1);
    other.reset();
    CHECK(test::alive == 0 && weak.expired());
    CHECK(*dam::make_shared<const int>(4) == 4);
    CHECK(dam::allocate_shared<int>(dam::allocator<int>(), 5).use_count() == 1);
}

bool is_aligned(const std::shared_ptr<wide> &it) {
    return reinterpret_cast<std::uintptr_t>(it.get()) % alignof(wide) == 0;
}

void aligned() {
    CHECK(is_aligned(dam::make_shared<wide>()));
}

void throwing() {
#ifdef __cpp_exceptions
    test::births_left = 0;
    CHECK(test::throws<std::runtime_error>([] { (void)dam::make_shared<fragile>(3); }));
    CHECK(test::alive == 0);
#endif
}

void arrays() {
#if defined(__cpp_lib_shared_ptr_arrays) && __cpp_lib_shared_ptr_arrays >= 201707L
    const std::uint64_t before = blocks();
    auto some = dam::make_shared<fragile[]>(9);
    CHECK(test::alive == 9 && (!dam::available() || blocks() == before + 1));
    auto same = dam::make_shared<fragile[]>(3, fragile(7));
    CHECK(same[2].value == 7);
    CHECK(dam::make_shared<int[5]>()[4] == 0);
#endif
#ifdef __cpp_lib_smart_ptr_for_overwrite
    auto later = dam::make_shared_for_overwrite<int[]>(3);
    later[2] = 5;
    CHECK(later[2] == 5);
    *dam::make_shared_for_overwrite<int>() = 3;
#endif
}

} // namespace

static void run() {
    one_block();
    aligned();
    throwing();
    arrays();
}
