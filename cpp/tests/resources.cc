// dam::memory_resource and dam::tracking_resource.
#include "containers.hpp"

#if __has_include(<memory_resource>)
#include "dam/memory_resource.hpp"

#include <deque>
#include <list>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using test::fragile;

bool is_aligned(const void *block, std::size_t alignment) {
    return reinterpret_cast<std::uintptr_t>(block) % alignment == 0;
}

void blocks() {
    dam::memory_resource one;
    for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
        for (std::size_t bytes : {0u, 1u, 7u, 8u, 16u, 100u, 1000u, 5000u, 100000u}) {
            void *block = one.allocate(bytes, alignment);
            CHECK(is_aligned(block, alignment));
            if (bytes != 0) {
                std::memset(block, 0x5a, bytes);
            }
            one.deallocate(block, bytes, alignment);
        }
    }
}

void equality() {
    const dam::memory_resource one, other;
    CHECK(one == one && one != *std::pmr::new_delete_resource());
    CHECK(one != other);
    const dam::tracking_resource tracking, second;
    CHECK(tracking == tracking && tracking != second);
}

void counts() {
    dam::memory_resource heap;
    dam::tracking_resource tracking(&heap);
    void *one = tracking.allocate(100, 8);
    void *other = tracking.allocate(1000, 8);
    CHECK(tracking.bytes() == 1100 && tracking.blocks() == 2 && tracking.allocations() == 2);
    tracking.deallocate(other, 1000, 8);
    CHECK(tracking.bytes() == 100 && tracking.peak_bytes() == 1100 && tracking.blocks() == 1);
    other = tracking.allocate(10, 8);
    CHECK(tracking.bytes() == 110 && tracking.peak_bytes() == 1100 && tracking.allocations() == 3);
    tracking.deallocate(other, 10, 8);
    tracking.deallocate(one, 100, 8);
    CHECK(tracking.bytes() == 0 && tracking.blocks() == 0 && tracking.upstream() == &heap);
}

void counts_of_threads() {
    dam::memory_resource heap;
    dam::tracking_resource tracking(&heap);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&tracking] {
            for (std::size_t size = 1; size <= 5000; ++size) {
                tracking.deallocate(tracking.allocate(size, 8), size, 8);
            }
        });
    }
    for (std::thread &each : threads) {
        each.join();
    }
    CHECK(tracking.bytes() == 0 && tracking.blocks() == 0 && tracking.allocations() == 20000);
    CHECK(tracking.peak_bytes() >= 5000 && tracking.peak_bytes() <= 20000);
}

// A request that its upstream refuses is not counted.
void refused() {
#ifdef __cpp_exceptions
    dam::tracking_resource tracking(std::pmr::null_memory_resource());
    CHECK(test::throws<std::bad_alloc>([&] { (void)tracking.allocate(100, 8); }));
    CHECK(tracking.bytes() == 0 && tracking.peak_bytes() == 0 && tracking.allocations() == 0);
#endif
}

void containers() {
    dam::memory_resource heap;
    dam::tracking_resource tracking(&heap);
    {
        std::pmr::vector<fragile> numbers(&tracking);
        std::pmr::map<int, std::pmr::string> names(&tracking);
        for (int i = 0; i < 1000; ++i) {
            numbers.emplace_back(i);
            names[i] = "a string that is too long to be kept in place";
        }
        CHECK(names[3].get_allocator().resource() == &tracking);
        std::pmr::vector<fragile> copy(numbers, &tracking);
        CHECK(copy == numbers && test::alive == 2000);
        std::pmr::vector<fragile> moved = std::move(copy);
        std::pmr::vector<fragile> elsewhere(&heap);
        elsewhere = std::move(moved); // to another resource: one by one
        CHECK(elsewhere == numbers);
        std::pmr::monotonic_buffer_resource buffer(&tracking);
        std::pmr::unordered_map<int, int> squares(&buffer);
        std::pmr::unsynchronized_pool_resource pool(&tracking);
        std::pmr::map<int, fragile> pooled(&pool);
        for (int i = 0; i < 1000; ++i) {
            squares[i] = i * i;
            pooled.emplace(i, i);
        }
        CHECK(squares[31] == 961 && pooled.at(999).value == 999);
        CHECK(tracking.bytes() > 1000 * sizeof(fragile));
    }
    CHECK(tracking.bytes() == 0 && tracking.blocks() == 0 && test::alive == 0);
    CHECK(tracking.peak_bytes() > 1000 * sizeof(fragile));
}

// Copied, moved and swapped within a resource and to another one, and with constructors that throw.
template <class Container, class Fill>
void conforming(Fill fill) {
    dam::memory_resource heap;
    dam::tracking_resource here(&heap), there(&heap);
    {
        Container one(&here);
        fill(one, 50);
        Container copy(one, &there);
        CHECK(copy == one && copy.get_allocator().resource() == &there && there.blocks() > 0);
        Container same(one, &here);
        Container moved(std::move(same));
        CHECK(moved == one && moved.get_allocator().resource() == &here);
        Container to_there(std::move(moved), &there); // one by one
        CHECK(to_there == one);
        copy.swap(to_there);
        Container assigned(&here);
        assigned = copy;
        CHECK(assigned == one && assigned.get_allocator().resource() == &here);
        assigned = std::move(copy);
        CHECK(assigned == one);
#ifdef __cpp_exceptions
        const int before = test::alive;
        for (int births = 0; births < 5; ++births) {
            test::births_left = births;
            CHECK(test::throws<std::runtime_error>([&] {
                Container more(&here);
                fill(more, 10);
            }));
            if (test::copies_are_safe) {
                test::births_left = births;
                CHECK(test::throws<std::runtime_error>([&] { Container failing(one, &here); }));
            }
            CHECK(test::alive == before);
        }
        test::births_left = -1;
#endif
    }
    CHECK(here.bytes() == 0 && there.bytes() == 0 && here.blocks() + there.blocks() == 0 && test::alive == 0);
}

struct hash {
    std::size_t operator()(const fragile &it) const noexcept { return static_cast<std::size_t>(it.value); }
};

void every_container() {
    const auto back = [](auto &some, int count) {
        for (int i = 0; i < count; ++i) {
            some.emplace_back(i);
        }
    };
    const auto keys = [](auto &some, int count) {
        for (int i = 0; i < count; ++i) {
            some.emplace(i);
        }
    };
    const auto pairs = [](auto &some, int count) {
        for (int i = 0; i < count; ++i) {
            some.emplace(i, i);
        }
    };
    conforming<std::pmr::vector<fragile>>(back);
    conforming<std::pmr::deque<fragile>>(back);
    conforming<std::pmr::list<fragile>>(back);
    conforming<std::pmr::set<fragile>>(keys);
    conforming<std::pmr::map<fragile, fragile>>(pairs);
    conforming<std::pmr::unordered_map<fragile, fragile, hash>>(pairs);
}

template <std::size_t Alignment>
void aligned() {
    struct alignas(Alignment) wide {
        char bytes[Alignment];
    };
    dam::memory_resource heap;
    std::pmr::vector<wide> some(3, &heap);
    CHECK(is_aligned(some.data(), Alignment));
    if constexpr (Alignment > 1) {
        aligned<Alignment / 2>();
    }
}

} // namespace

static void run() {
    blocks();
    equality();
    counts();
    counts_of_threads();
    refused();
    containers();
    every_container();
    aligned<4096>();
}
#else
static void run() {} // this standard library has no std::pmr
#endif
