// std::shared_ptr whose object and counts lie in one block of DAM.
#ifndef DAM_SHARED_PTR_HPP
#define DAM_SHARED_PTR_HPP

#include "allocator.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace dam {
inline namespace v1 {

using std::allocate_shared;
using std::shared_ptr;
using std::weak_ptr;

namespace detail {

/// The allocator of what `make_shared<T>` makes.
template <class T>
using shared_allocator = allocator<std::remove_cv_t<std::remove_all_extents_t<T>>>;

/// As elsewhere, whatever is a number may say how many elements an array has.
template <class T, class Count, class... Value>
std::shared_ptr<T> make_shared_array(Count count, const Value &...value) {
    static_assert(std::is_convertible_v<Count, std::size_t>,
        "dam::make_shared<T[]>: the first argument is the number of elements");
    return std::allocate_shared<T>(shared_allocator<T>(), static_cast<std::size_t>(count), value...);
}

} // namespace detail

/// Makes a `T` from `arguments`. From C++20 on, also an array: `make_shared<U[]>(count)`, `make_shared<U[N]>()`, either
/// with one more argument that all elements are copies of.
/// \throws std::bad_alloc when there is no memory
template <class T, class... Arguments>
[[nodiscard]] std::shared_ptr<T> make_shared(Arguments &&...arguments) {
#if !defined(__cpp_lib_shared_ptr_arrays) || __cpp_lib_shared_ptr_arrays < 201707L
    static_assert(!std::is_array_v<T>, "dam::make_shared<T[]>: arrays need the standard library of C++20");
#endif
    static_assert(!std::is_abstract_v<T>, "dam::make_shared<T>: T is abstract: name the derived type to be made");
    static_assert(std::is_array_v<T> || std::is_constructible_v<T, Arguments...>,
        "dam::make_shared<T>: T has no constructor that takes these arguments");
    if constexpr (std::is_array_v<T> && std::extent_v<T> == 0) {
        return detail::make_shared_array<T>(std::forward<Arguments>(arguments)...);
    } else {
        return std::allocate_shared<T>(detail::shared_allocator<T>(), std::forward<Arguments>(arguments)...);
    }
}

#ifdef __cpp_lib_smart_ptr_for_overwrite
/// As `make_shared<T>()`, or `make_shared<U[]>(count)`, but what has no constructor is left as it is.
template <class T, class... Count>
[[nodiscard]] std::shared_ptr<T> make_shared_for_overwrite(Count... count) {
    return std::allocate_shared_for_overwrite<T>(detail::shared_allocator<T>(), static_cast<std::size_t>(count)...);
}
#endif

} // namespace v1
} // namespace dam

#endif
