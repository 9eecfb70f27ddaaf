// dam::allocator: the standard containers on DAM, whatever malloc the rest of the program uses.
#ifndef DAM_ALLOCATOR_HPP
#define DAM_ALLOCATOR_HPP

#include "block.hpp"

#include <memory>
#include <type_traits>

// From C++20 on, containers can be used in constant expressions; what they need there is the standard allocator's. The
// compiler is asked itself: what clang 14 makes of libstdc++'s std::is_constant_evaluated in C++23 is true at run time.
#ifdef __cpp_constexpr_dynamic_alloc
#define DAM_CONSTEXPR constexpr
#define DAM_IN_CONSTANT __builtin_is_constant_evaluated()
#else
#define DAM_CONSTEXPR
#define DAM_IN_CONSTANT false
#endif

namespace dam {
inline namespace v1 {

#ifdef __cpp_lib_allocate_at_least
/// What `allocate_at_least` returns.
template <class Pointer>
using allocation_result = std::allocation_result<Pointer>;
#else
/// What `allocate_at_least` returns.
template <class Pointer>
struct allocation_result {
    /// The first element's place.
    Pointer ptr;
    /// For how many elements there is room.
    std::size_t count;
};
#endif

/// An allocator for containers. It has no state: all of them are equal, of whatever type.
template <class T>
class allocator {
    static_assert(!std::is_reference_v<T> && !std::is_function_v<T>,
        "dam::allocator<T>: T must be an object type: not a reference or a function");

public:
    /// What it allocates.
    using value_type = T;
    /// What counts its elements.
    using size_type = std::size_t;
    /// What the distance of two of them is.
    using difference_type = std::ptrdiff_t;
    /// A container that is assigned by move takes the other one's memory.
    using propagate_on_container_move_assignment = std::true_type;
    /// Any one gives back what another has handed out.
    using is_always_equal = std::true_type;

    constexpr allocator() noexcept = default;

    /// From the allocator of another type: a container makes one for its nodes.
    template <class U>
    constexpr allocator(const allocator<U> &) noexcept {}

    /// Room for `count` elements, aligned as `T` is.
    /// \throws std::bad_array_new_length when there could never be as much
    /// \throws std::bad_alloc when there is no memory
    [[nodiscard]] DAM_CONSTEXPR T *allocate(std::size_t count) {
        static_assert(!std::is_const_v<T> && !std::is_volatile_v<T>,
            "dam::allocator<T>: T must not be const or volatile: no container can hold such elements");
        static_assert(sizeof(T) > 0, "dam::allocator<T>: T must be complete where memory for it is allocated");
        if (DAM_IN_CONSTANT) {
            return std::allocator<T>().allocate(count);
        }
        return static_cast<T *>(detail::allocate_for<T>(detail::bytes_of<T>(count)));
    }

    /// The same, and for how many elements there is room: `count`, as each byte behind them is watched.
    [[nodiscard]] DAM_CONSTEXPR allocation_result<T *> allocate_at_least(std::size_t count) {
        return {allocate(count), count};
    }

    /// Gives back what `allocate(count)` has returned.
    DAM_CONSTEXPR void deallocate(T *first, std::size_t count) noexcept {
        if (DAM_IN_CONSTANT) {
            std::allocator<T>().deallocate(first, count);
        } else {
            detail::release_for<T>(first, count * sizeof(T));
        }
    }
};

/// Always.
template <class T, class U>
constexpr bool operator==(const allocator<T> &, const allocator<U> &) noexcept {
    return true;
}

/// Never.
template <class T, class U>
constexpr bool operator!=(const allocator<T> &, const allocator<U> &) noexcept {
    return false;
}

} // namespace v1
} // namespace dam

#undef DAM_CONSTEXPR
#undef DAM_IN_CONSTANT

#endif
