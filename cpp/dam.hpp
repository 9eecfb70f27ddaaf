// DAM for C++17: std::unique_ptr over DAM's own allocation functions, in one header.
//
//     auto box = dam::make_unique<Box>(3, 4);   // dam::unique_ptr<Box>, as large as a raw pointer
//
// Where the program runs without DAM the same code uses the C library's allocator. Which of the
// two is settled when the program is loaded, so a block always goes back to where it came from.
// The references to DAM are weak: link with `-Wl,--no-as-needed -ldam` (or -ldam_local), with
// CMake's dam::dam, or preload it.
#ifndef DAM_HPP
#define DAM_HPP

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

extern "C" {
// Weak: null in a program that has no DAM. All three are there, or none is.
void *dam_malloc(std::size_t size) __attribute__((weak));
void *dam_aligned_alloc(std::size_t alignment, std::size_t size) __attribute__((weak));
void dam_free(void *block) __attribute__((weak));
}

namespace dam {

namespace detail {

/// Every allocator aligns to this much unasked.
constexpr std::size_t default_alignment = alignof(std::max_align_t);

inline void *allocate(std::size_t size, std::size_t alignment) {
    void *block;
    if (alignment <= default_alignment) {
        block = dam_malloc ? dam_malloc(size) : std::malloc(size);
    } else {
        block = dam_malloc ? dam_aligned_alloc(alignment, size) : std::aligned_alloc(alignment, size);
    }
    if (!block) {
        throw std::bad_alloc();
    }
    return block;
}

inline void release(void *block) noexcept {
    if (dam_malloc) {
        dam_free(block);
    } else {
        std::free(block);
    }
}

/// Where the block of an object starts: not at the base of it that is pointed to, if that base
/// comes second.
template <class T>
void *block_of(T *object) noexcept {
    if constexpr (std::is_polymorphic_v<T>) {
        return const_cast<void *>(dynamic_cast<const volatile void *>(object));
    } else {
        return const_cast<void *>(static_cast<const volatile void *>(object));
    }
}

} // namespace detail

/// Destroys an object of `make_unique` and gives its block back. It has no state.
template <class T>
struct deleter {
    static_assert(!std::is_array_v<T>, "dam::unique_ptr holds one object");

    constexpr deleter() noexcept = default;

    /// From a derived type, where `T`'s destructor is virtual: any other could not find the block.
    template <class U,
        class = std::enable_if_t<std::is_convertible_v<U *, T *> &&
            (std::has_virtual_destructor_v<T> ||
                std::is_same_v<std::remove_cv_t<U>, std::remove_cv_t<T>>)>>
    constexpr deleter(const deleter<U> &) noexcept {}

    void operator()(T *object) const noexcept {
        static_assert(sizeof(T) > 0, "the type must be complete where it is deleted");
        void *block = detail::block_of(object);
        object->~T();
        detail::release(block);
    }
};

/// A `std::unique_ptr` whose object lies in a block of DAM.
template <class T>
using unique_ptr = std::unique_ptr<T, deleter<T>>;

/// Makes a `T` from `arguments`. Throws `std::bad_alloc`, and whatever the constructor throws.
template <class T, class... Arguments>
unique_ptr<T> make_unique(Arguments &&...arguments) {
    struct pending {
        void *block;
        ~pending() {
            if (block) {
                detail::release(block);
            }
        }
    } room{detail::allocate(sizeof(T), alignof(T))};
    T *object = ::new (room.block) T(std::forward<Arguments>(arguments)...);
    room.block = nullptr;
    return unique_ptr<T>(object);
}

} // namespace dam

#endif
