// What every container is asked to do: copy, move, swap, agree about its traits, and survive a constructor that throws.
#ifndef DAM_TESTS_CONTAINERS_HPP
#define DAM_TESTS_CONTAINERS_HPP

#include "check.hpp"

#include "dam/containers.hpp"

#include <iterator>
#include <memory>
#include <type_traits>

namespace test {

template <class Container>
constexpr void check_traits() {
    using traits = std::allocator_traits<typename Container::allocator_type>;
    static_assert(traits::is_always_equal::value);
    static_assert(traits::propagate_on_container_move_assignment::value);
    static_assert(!traits::propagate_on_container_copy_assignment::value, "nothing to gain");
    static_assert(!traits::propagate_on_container_swap::value);
    static_assert(std::is_nothrow_move_assignable_v<typename Container::allocator_type>);
    static_assert(std::is_empty_v<typename Container::allocator_type>);
    static_assert(std::is_same_v<typename traits::pointer, typename traits::value_type *>);
}

/// libc++ forgets elements of a vector (version 14) or a deque (18) when the copying of one throws, with its own
/// allocator as well.
#ifdef _LIBCPP_VERSION
inline constexpr bool copies_are_safe = false;
#else
inline constexpr bool copies_are_safe = true;
#endif

/// Has a constructor throw in the middle of things: nothing may be left, nothing may be lost.
template <class Container, class Fill>
void throwing(Fill fill) {
#ifdef __cpp_exceptions
    Container kept;
    fill(kept, 10);
    const int before = alive;
    for (int births = 0; births < 8; ++births) {
        births_left = births;
        CHECK(throws<std::runtime_error>([&] {
            Container more;
            fill(more, 10);
        }));
        CHECK(alive == before);
        if (copies_are_safe) {
            births_left = births;
            CHECK(throws<std::runtime_error>([&] { Container copy(kept); }));
            CHECK(alive == before);
        }
    }
    births_left = -1;
    Container copy(kept);
    CHECK(copy == kept);
#else
    (void)fill;
#endif
}

/// `fill(container, count)` adds that many different elements.
template <class Container, class Fill>
void container(Fill fill) {
    check_traits<Container>();
    {
        Container one;
        fill(one, 100);
        Container copy(one);
        CHECK(copy == one);
        const auto *where = std::addressof(*one.begin());
        Container moved(std::move(one));
        CHECK(moved == copy && std::addressof(*moved.begin()) == where);
        Container assigned;
        fill(assigned, 7);
        assigned = copy;
        CHECK(assigned == moved);
        where = std::addressof(*assigned.begin());
        Container target;
        fill(target, 3);
        target = std::move(assigned);
        CHECK(target == copy && std::addressof(*target.begin()) == where);
        Container few;
        fill(few, 2);
        const auto *of_few = std::addressof(*few.begin());
        using std::swap;
        swap(few, target);
        CHECK(few == copy && std::addressof(*few.begin()) == where && std::addressof(*target.begin()) == of_few);
        Container with_allocator(copy, typename Container::allocator_type());
        CHECK(with_allocator == copy);
        Container moved_with(std::move(with_allocator), typename Container::allocator_type());
        CHECK(moved_with == copy && moved_with.get_allocator() == copy.get_allocator());
    }
    CHECK(alive == 0);
    throwing<Container>(fill);
    CHECK(alive == 0);
}

/// A type that is aligned in an unusual way, and can be a key.
template <std::size_t Alignment>
struct alignas(Alignment) wide {
    unsigned char value = 0;
    wide() = default;
    explicit wide(unsigned char v) : value(v) {}
    friend bool operator==(const wide &a, const wide &b) noexcept { return a.value == b.value; }
    friend bool operator<(const wide &a, const wide &b) noexcept { return a.value < b.value; }
};

template <class T>
bool is_aligned(const T &object) {
    return reinterpret_cast<std::uintptr_t>(std::addressof(object)) % alignof(T) == 0;
}

template <class Container>
void aligned_elements(const Container &some) {
    CHECK(some.begin() != some.end());
    for (const auto &element : some) {
        CHECK(is_aligned(element));
    }
}

/// `Make::make<T>()` with types of each alignment from 1 to 4096.
template <class Make, std::size_t Alignment = 4096>
void every_alignment() {
    Make::template make<wide<Alignment>>();
    if constexpr (Alignment > 1) {
        every_alignment<Make, Alignment / 2>();
    }
}

} // namespace test

#endif
