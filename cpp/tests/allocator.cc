// dam::allocator itself.
#include "check.hpp"

#include <memory>
#include <type_traits>

namespace {

using allocator = dam::allocator<int>;
using traits = std::allocator_traits<allocator>;

static_assert(std::is_empty_v<allocator> && std::is_trivially_copyable_v<allocator>);
static_assert(traits::is_always_equal::value && traits::propagate_on_container_move_assignment::value);
static_assert(std::is_same_v<traits::rebind_alloc<long>, dam::allocator<long>>);
static_assert(std::is_nothrow_constructible_v<dam::allocator<long>, const allocator &>);
static_assert(allocator() == dam::allocator<long>() && !(allocator() != dam::allocator<long>()));

void blocks() {
    allocator heap;
    int *some = heap.allocate(10);
    CHECK(!dam::available() || dam_malloc_usable_size(some) == 10 * sizeof(int));
    some[9] = 3;
    allocator(dam::allocator<long>()).deallocate(some, 10);
    int *none = heap.allocate(0);
    heap.deallocate(none, 0);
    auto at_least = heap.allocate_at_least(7);
    CHECK(at_least.count >= 7);
    heap.deallocate(at_least.ptr, at_least.count);
}

void too_long() {
#ifdef __cpp_exceptions
    // Beyond what the compiler can see.
    volatile std::size_t most = SIZE_MAX;
    allocator heap;
    CHECK(test::throws<std::bad_array_new_length>([&] { (void)heap.allocate(most); }));
    CHECK(test::throws<std::bad_array_new_length>([&] { (void)heap.allocate(most / 4 + 1); }));
    CHECK(test::throws<std::bad_array_new_length>([&] { (void)heap.allocate(most / 8 + 1); }));
    if (test::can_run_out) {
        CHECK(test::throws<std::bad_alloc>([&] { (void)heap.allocate(most / 16); }));
    }
#endif
}

// As with `operator new`, the program's handler may make room, or throw.
void new_handler() {
#ifdef __cpp_exceptions
    static int asked = 0;
    if (!test::can_run_out) {
        return;
    }
    asked = 0;
    std::set_new_handler([] {
        if (++asked == 3) {
            std::set_new_handler(nullptr);
        }
    });
    volatile std::size_t most = SIZE_MAX;
    CHECK(test::throws<std::bad_alloc>([&] { (void)allocator().allocate(most / 16); }));
    CHECK(asked == 3);
#endif
}

template <std::size_t Alignment>
void aligned() {
    struct alignas(Alignment) wide {
        char bytes[Alignment];
    };
    dam::allocator<wide> heap;
    // So that no alignment is by chance: blocks of many sizes.
    for (std::size_t count : {1u, 2u, 3u, 5u, 9u, 17u, 100u}) {
        wide *some = heap.allocate(count);
        CHECK(reinterpret_cast<std::uintptr_t>(some) % Alignment == 0);
        std::memset(static_cast<void *>(some), 0x5a, count * sizeof(wide));
        heap.deallocate(some, count);
    }
    if constexpr (Alignment > 1) {
        aligned<Alignment / 2>();
    }
}

} // namespace

static void run() {
    blocks();
    too_long();
    new_handler();
    aligned<4096>();
}
