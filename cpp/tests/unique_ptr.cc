// dam::unique_ptr and dam::make_unique for single objects.
#include "check.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

// Polymorphic, but never deleted by way of a base: its destructor is not virtual.
struct shape {
    virtual int sides() const { return 0; }

protected:
    ~shape() = default;
};

namespace {

struct square final : shape {
    int sides() const override { return 4; }
};
struct first_base {
    virtual ~first_base() = default;
    long one = 1;
};
struct second_base {
    virtual ~second_base() { --test::alive; }
    long two = 2;
};
struct both_bases : first_base, second_base {
    both_bases() { ++test::alive; }
};
struct virtual_base : virtual second_base {
    virtual_base() { ++test::alive; }
    char more[100] = {};
};
struct diamond final : virtual_base, first_base {
    long three = 3;
};
struct alignas(256) wide : second_base {
    wide() { ++test::alive; }
    char bytes[512] = {};
};
struct pair {
    int first, second;
    pair(int a, int b) : first(a), second(b) {}
};

static_assert(sizeof(dam::unique_ptr<pair>) == sizeof(pair *), "no room for a deleter");
static_assert(std::is_empty_v<dam::deleter<pair>> && std::is_empty_v<dam::deleter<pair[]>>);
static_assert(std::is_convertible_v<dam::unique_ptr<both_bases>, dam::unique_ptr<second_base>>);
static_assert(std::is_convertible_v<dam::unique_ptr<pair>, dam::unique_ptr<const pair>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<const pair>, dam::unique_ptr<pair>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<second_base>, dam::unique_ptr<both_bases>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<pair>, dam::unique_ptr<pair[]>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<pair>, std::unique_ptr<pair>>, "its block is DAM's");
static_assert(std::is_nothrow_move_constructible_v<dam::unique_ptr<pair>>);

void lifetimes() {
    auto made = dam::make_unique<test::fragile>(7);
    CHECK(made->value == 7 && test::alive == 1);
    dam::unique_ptr<const test::fragile> moved = std::move(made);
    CHECK(!made && moved->value == 7 && test::alive == 1);
    moved.reset();
    CHECK(test::alive == 0);
    CHECK(dam::make_unique<pair>(3, 4)->second == 4);
    CHECK(*dam::make_unique<const int>(5) == 5);
    CHECK(*dam::make_unique<int>() == 0);
    dam::deleter<pair>()(nullptr);
}

void a_block_for_each() {
    if (dam::available()) {
        const std::uint64_t before = dam::stats().live_blocks;
        auto one = dam::make_unique<pair>(1, 2);
        CHECK(dam::stats().live_blocks == before + 1);
        CHECK(dam_malloc_usable_size(one.get()) == sizeof(pair));
    }
}

void a_throwing_constructor_leaks_nothing() {
#ifdef __cpp_exceptions
    test::births_left = 0;
    CHECK(test::throws<std::runtime_error>([] { (void)dam::make_unique<test::fragile>(1); }));
    CHECK(test::alive == 0);
#endif
}

void by_way_of_a_base() {
    dam::unique_ptr<second_base> second = dam::make_unique<both_bases>();
    CHECK(second->two == 2 && test::alive == 1);
    second.reset();
    CHECK(test::alive == 0);
    dam::unique_ptr<first_base> first = dam::make_unique<diamond>();
    CHECK(first->one == 1 && test::alive == 1);
    first.reset();
    second = dam::make_unique<virtual_base>();
    second = dam::make_unique<diamond>();
    CHECK(test::alive == 1);
    second = dam::make_unique<wide>();
    CHECK(reinterpret_cast<std::uintptr_t>(second.get()) % alignof(wide) == 0);
    second.reset();
    CHECK(test::alive == 0);
    CHECK(dam::make_unique<square>()->sides() == 4);
}

template <std::size_t Alignment>
void aligned() {
    struct alignas(Alignment) block {
        char bytes[Alignment + 1];
    };
    auto one = dam::make_unique<block>();
    CHECK(reinterpret_cast<std::uintptr_t>(one.get()) % Alignment == 0);
    std::memset(one->bytes, 0x5a, sizeof one->bytes);
    auto some = dam::make_unique<block[]>(3);
    CHECK(reinterpret_cast<std::uintptr_t>(some.get()) % Alignment == 0);
    if constexpr (Alignment > 1) {
        aligned<Alignment / 2>();
    }
}

void for_overwrite() {
    auto value = dam::make_unique_for_overwrite<int>();
    *value = 3;
    CHECK(*value == 3);
    CHECK(dam::make_unique_for_overwrite<test::fragile>()->value == 0);
}

void into_a_shared_pointer() {
    std::shared_ptr<second_base> shared = dam::make_unique<both_bases>();
    CHECK(shared->two == 2 && test::alive == 1);
    shared.reset();
    CHECK(test::alive == 0);
}

} // namespace

static void run() {
    lifetimes();
    a_block_for_each();
    a_throwing_constructor_leaks_nothing();
    by_way_of_a_base();
    aligned<4096>();
    for_overwrite();
    into_a_shared_pointer();
}
