// dam::unique_ptr: std::unique_ptr over DAM's own allocation functions, as large as a raw pointer.
#ifndef DAM_UNIQUE_PTR_HPP
#define DAM_UNIQUE_PTR_HPP

#include "block.hpp"

#include <memory>
#include <type_traits>
#include <utility>

namespace dam {
inline namespace v1 {
namespace detail {

/// Destroys an object that is a `T` and nothing derived from it, whether its destructor is virtual or not.
template <class T>
void destroy_exactly(T *object) noexcept {
    if constexpr (std::is_class_v<T>) {
        object->T::~T();
    } else {
        std::destroy_at(object);
    }
}

} // namespace detail

/// Destroys an object of `make_unique` and gives its block back. It has no state.
template <class T>
struct deleter {
    static_assert(std::is_object_v<T>,
        "dam::unique_ptr<T>: T must be an object type: not void, a reference or a function");
    static_assert(!std::is_array_v<T>, "dam::unique_ptr<T>: for an array of n elements, take dam::unique_ptr<T[]>");

    /// The type of pointer that is deleted.
    using pointer = T *;

    constexpr deleter() noexcept = default;

    /// From a derived type. `T`'s destructor must be virtual: any other could not destroy the whole object, nor find
    /// its block.
    template <class U, class = std::enable_if_t<std::is_convertible_v<U *, T *>>>
    constexpr deleter(const deleter<U> &) noexcept {
        static_assert(std::has_virtual_destructor_v<T> || std::is_same_v<std::remove_cv_t<U>, std::remove_cv_t<T>>,
            "dam::unique_ptr<Base>: to own a Derived, Base needs a virtual destructor");
    }

    /// Deletes `object`, which may be null.
    void operator()(T *object) const noexcept {
        static_assert(sizeof(T) > 0, "dam::unique_ptr<T>: T must be complete where the object is deleted");
        static_assert(std::is_destructible_v<T>, "dam::unique_ptr<T>: T has no destructor that can be called");
        if (!object) {
            return;
        }
        if constexpr (std::has_virtual_destructor_v<T> && !std::is_final_v<T>) {
            // It may be a base of the object, and not its first: only the object knows where its block starts, as
            // long as it lives. How long it is, DAM knows.
            void *block = const_cast<void *>(dynamic_cast<const volatile void *>(object));
            std::destroy_at(object);
            detail::release(block);
        } else {
            detail::destroy_exactly(object);
            detail::release_for<T>(const_cast<void *>(static_cast<const volatile void *>(object)), sizeof(T));
        }
    }
};

/// Destroys an array of `make_unique` and gives its block back. DAM knows how long the block is, so the number of
/// elements need not be kept anywhere. Without DAM such arrays are the language's own.
template <class T>
struct deleter<T[]> {
    static_assert(!std::is_array_v<T>, "dam::unique_ptr<T[]>: for arrays of arrays, take std::array as the element");

    constexpr deleter() noexcept = default;

    /// From an array of the same elements that are less `const`. (Not of derived ones: they are longer.)
    template <class U, class = std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>>>
    constexpr deleter(const deleter<U[]> &) noexcept {}

    /// Deletes the array that begins at `first`, which may be null.
    template <class U, class = std::enable_if_t<std::is_convertible_v<U (*)[], T (*)[]>>>
    void operator()(U *first) const noexcept {
        static_assert(sizeof(U) > 0, "dam::unique_ptr<T[]>: T must be complete where the array is deleted");
        static_assert(std::is_destructible_v<U>, "dam::unique_ptr<T[]>: T has no destructor that can be called");
        if (!available()) {
            ::delete[] first;
            return;
        }
        void *block = const_cast<void *>(static_cast<const volatile void *>(first));
        if constexpr (std::is_trivially_destructible_v<U>) {
            detail::release(block);
        } else if (first) {
            const std::size_t count = dam_malloc_usable_size(block) / sizeof(U);
            for (U *last = first + count; last != first;) {
                std::destroy_at(--last);
            }
            detail::release_for<U>(block, count * sizeof(U));
        }
    }
};

/// A `std::unique_ptr` whose object, or array `T[]`, lies in a block of DAM.
template <class T>
using unique_ptr = std::unique_ptr<T, deleter<T>>;

namespace detail {

/// The elements' type of `T[]`, without `const`.
template <class Array>
using element = std::remove_cv_t<std::remove_extent_t<Array>>;

/// An array. `construct` brings the elements to life in DAM's block, `make` does so in the language's own array.
template <class Array, class Construct, class Make>
unique_ptr<Array> make_array(std::size_t count, Construct construct, Make make) {
    // Also without DAM: not every compiler's `new` tells lengths that can never be.
    const std::size_t bytes = bytes_of<element<Array>>(count);
    if (!available()) {
        return unique_ptr<Array>(make(count));
    }
    room<element<Array>> here(bytes);
    element<Array> *first = static_cast<element<Array> *>(here.block);
    construct(first, count);
    return unique_ptr<Array>(here.keep(first));
}

/// What all make functions demand of a type.
template <class T>
constexpr void check_makeable() {
    static_assert(!std::is_array_v<T> || std::extent_v<T> == 0,
        "dam::make_unique<T[N]>: the number of elements is an argument: dam::make_unique<T[]>(N)");
    static_assert(!std::is_abstract_v<T>, "dam::make_unique<T>: T is abstract: name the derived type to be made");
}

} // namespace detail

#if defined(__cpp_concepts) && __cpp_concepts >= 201907L
/// `T` has a constructor that takes these arguments; for an array `T[]`, they are the number of its elements.
template <class T, class... Arguments>
concept has_constructor_for = std::is_array_v<T> || std::is_abstract_v<T> || std::is_constructible_v<T, Arguments...>;
#define DAM_IF_CONSTRUCTIBLE requires has_constructor_for<T, Arguments...>
#else
#define DAM_IF_CONSTRUCTIBLE
#endif

/// Makes a `T` from `arguments`, or, of a type `U[]`, an array of as many elements as the argument says, each of them
/// value-initialized: `make_unique<int[]>(3)` is three zeros.
///
/// \throws std::bad_alloc when there is no memory
/// \throws std::bad_array_new_length when there could never be as much
template <class T, class... Arguments>
DAM_IF_CONSTRUCTIBLE [[nodiscard]] unique_ptr<T> make_unique(Arguments &&...arguments) {
    detail::check_makeable<T>();
    if constexpr (std::is_array_v<T>) {
        static_assert(std::is_constructible_v<std::size_t, Arguments...> && sizeof...(Arguments) == 1,
            "dam::make_unique<T[]>: the one argument is the number of elements");
        using element = detail::element<T>;
        return detail::make_array<T>(
            static_cast<std::size_t>(arguments)...,
            [](element *first, std::size_t count) { std::uninitialized_value_construct_n(first, count); },
            [](std::size_t count) { return ::new element[count](); });
    } else {
        static_assert(std::is_constructible_v<T, Arguments...>,
            "dam::make_unique<T>: T has no constructor that takes these arguments");
        detail::room<T> here(sizeof(T));
        return unique_ptr<T>(here.keep(::new (here.block) T(std::forward<Arguments>(arguments)...)));
    }
}

#undef DAM_IF_CONSTRUCTIBLE

/// As `make_unique<T>()`, but a `T` without a constructor is left as it is: for memory that is written before it is
/// read.
template <class T>
[[nodiscard]] unique_ptr<T> make_unique_for_overwrite() {
    static_assert(!std::is_array_v<T>, "dam::make_unique_for_overwrite<T[]>: the argument is the number of elements");
    detail::check_makeable<T>();
    detail::room<T> here(sizeof(T));
    return unique_ptr<T>(here.keep(::new (here.block) T));
}

/// As `make_unique<T[]>(count)`, but elements without a constructor are left as they are.
template <class T>
[[nodiscard]] unique_ptr<T> make_unique_for_overwrite(std::size_t count) {
    static_assert(std::is_array_v<T>,
        "dam::make_unique_for_overwrite<T>: it takes no arguments unless T is an array U[]");
    detail::check_makeable<T>();
    using element = detail::element<T>;
    return detail::make_array<T>(
        count, [](element *first, std::size_t n) { std::uninitialized_default_construct_n(first, n); },
        [](std::size_t n) { return ::new element[n]; });
}

} // namespace v1
} // namespace dam

#endif
