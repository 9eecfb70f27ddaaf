// std::shared_ptr whose object and counts lie in one block of DAM.
#ifndef DAM_SHARED_PTR_HPP
#define DAM_SHARED_PTR_HPP

#include "allocator.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace dam {
inline namespace v1 {

using std::allocate_shared;
using std::shared_ptr;
using std::weak_ptr;

/// Makes a `T` from `arguments`; of an array `U[]` or `U[N]` (from C++20 on) with the arguments of `std::make_shared`.
/// \throws std::bad_alloc when there is no memory
template <class T, class... Arguments>
[[nodiscard]] std::shared_ptr<T> make_shared(Arguments &&...arguments) {
#if !defined(__cpp_lib_shared_ptr_arrays) || __cpp_lib_shared_ptr_arrays < 201707L
    static_assert(!std::is_array_v<T>, "dam::make_shared<T[]>: arrays need the standard library of C++20");
#endif
    static_assert(!std::is_abstract_v<T>, "dam::make_shared<T>: T is abstract: name the derived type to be made");
    static_assert(std::is_array_v<T> || std::is_constructible_v<T, Arguments...>,
        "dam::make_shared<T>: T has no constructor that takes these arguments");
    using element = std::remove_cv_t<std::remove_all_extents_t<T>>;
    return std::allocate_shared<T>(allocator<element>(), std::forward<Arguments>(arguments)...);
}

#if defined(__cpp_lib_smart_ptr_for_overwrite)
/// As `make_shared<T>()`, or `make_shared<U[]>(count)`, but what has no constructor is left as it is.
template <class T, class... Count>
[[nodiscard]] std::shared_ptr<T> make_shared_for_overwrite(Count... count) {
    using element = std::remove_cv_t<std::remove_all_extents_t<T>>;
    return std::allocate_shared_for_overwrite<T>(allocator<element>(), count...);
}
#endif

} // namespace v1
} // namespace dam

#endif
