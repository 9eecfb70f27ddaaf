// Blocks of memory: where they come from and how they go back. Everything else of this layer rests on this file.
//
// The references to DAM are weak. Where the program runs without DAM they are null, and the C library's allocator
// serves. The linkers settle that once, before the program starts, so a block always goes back to where it came from:
// within a program whose parts are settled alike (docs/cpp.md says which are not). All functions of DAM are one object
// file: they are all there, or none is.
#ifndef DAM_BLOCK_HPP
#define DAM_BLOCK_HPP

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// As in dam.h, which may be included too.
extern "C" {
void *dam_malloc(std::size_t size) __attribute__((weak, visibility("default")));
void *dam_aligned_alloc(std::size_t alignment, std::size_t size) __attribute__((weak, visibility("default")));
std::size_t dam_malloc_usable_size(void *block) __attribute__((weak, visibility("default")));
void dam_free(void *block) __attribute__((weak, visibility("default")));
void dam_free_sized(void *block, std::size_t size) __attribute__((weak, visibility("default")));
void dam_free_aligned_sized(void *block, std::size_t alignment, std::size_t size)
    __attribute__((weak, visibility("default")));
}

/// DAM for C++.
namespace dam {
/// The first version of this layer. A later one that is not compatible with it gets a namespace of its own.
inline namespace v1 {

/// Whether the program runs with DAM. It is the same during the whole life of the process.
[[nodiscard]] inline bool available() noexcept {
    return dam_malloc != nullptr;
}

/// Not for use outside of this layer.
namespace detail {

/// Every block is aligned to this unasked, unless it is smaller.
constexpr std::size_t default_alignment = alignof(std::max_align_t);

/// As `operator new`: has the program's handler make room, or throws. Without exceptions the process ends.
[[gnu::cold, gnu::noinline]] inline void make_room() {
    if (std::new_handler handler = std::get_new_handler()) {
        handler();
        return;
    }
#ifdef __cpp_exceptions
    throw std::bad_alloc();
#else
    std::abort();
#endif
}

/// An array would have more bytes than there are addresses.
[[noreturn, gnu::cold, gnu::noinline]] inline void refuse_length() {
#ifdef __cpp_exceptions
    throw std::bad_array_new_length();
#else
    std::abort();
#endif
}

// A block of no bytes may be null; the library's option `zero_size` says so.

/// A block for objects of any usual alignment, or null.
inline void *try_allocate(std::size_t size) noexcept {
    return dam_malloc ? dam_malloc(size) : std::malloc(size);
}

/// A block at a multiple of `alignment`, a power of two, or null.
inline void *try_allocate_aligned(std::size_t alignment, std::size_t size) noexcept {
    // posix_memalign takes nothing less.
    alignment = alignment < sizeof(void *) ? sizeof(void *) : alignment;
    if (dam_malloc) {
        return dam_aligned_alloc(alignment, size);
    }
    void *block = nullptr;
    return ::posix_memalign(&block, alignment, size) == 0 ? block : nullptr;
}

// These are not inlined, as `operator new` and `operator delete` are not: so a `make_unique` is no longer than the
// standard's.

/// As `try_allocate`, but not without a block.
[[gnu::noinline, gnu::malloc, gnu::alloc_size(1)]] inline void *allocate(std::size_t size) {
    for (;;) {
        void *block = try_allocate(size);
        if (block || size == 0) {
            return block;
        }
        make_room();
    }
}

/// As `try_allocate_aligned`, but not without a block.
[[gnu::noinline, gnu::malloc, gnu::alloc_size(2)]] inline void *allocate_aligned(
    std::size_t alignment, std::size_t size) {
    for (;;) {
        void *block = try_allocate_aligned(alignment, size);
        if (block || size == 0) {
            return block;
        }
        make_room();
    }
}

/// Gives a block back.
[[gnu::noinline]] inline void release(void *block) noexcept {
    dam_malloc ? dam_free(block) : std::free(block);
}

/// Gives a block back that was asked for with `size` bytes; DAM reports it if that is not so.
[[gnu::noinline]] inline void release(void *block, std::size_t size) noexcept {
    dam_malloc ? dam_free_sized(block, size) : std::free(block);
}

/// The same for a block of `allocate_aligned`.
[[gnu::noinline]] inline void release_aligned(void *block, std::size_t alignment, std::size_t size) noexcept {
    dam_malloc ? dam_free_aligned_sized(block, alignment, size) : std::free(block);
}

/// The bytes of `count` objects of type `T`.
template <class T>
constexpr std::size_t bytes_of(std::size_t count) {
    if (count > static_cast<std::size_t>(PTRDIFF_MAX) / sizeof(T)) {
        refuse_length();
    }
    return count * sizeof(T);
}

/// A block for objects of type `T`, which is `size` bytes long.
template <class T>
void *allocate_for(std::size_t size) {
    if constexpr (alignof(T) <= default_alignment) {
        return allocate(size);
    } else {
        return allocate_aligned(alignof(T), size);
    }
}

/// Gives it back.
template <class T>
void release_for(void *block, std::size_t size) noexcept {
    if constexpr (alignof(T) <= default_alignment) {
        release(block, size);
    } else {
        release_aligned(block, alignof(T), size);
    }
}

/// A block that is given back unless an object came to life in it.
template <class T>
struct room {
    void *block;
    std::size_t size;

    explicit room(std::size_t bytes) : block(allocate_for<T>(bytes)), size(bytes) {}
    room(const room &) = delete;
    room &operator=(const room &) = delete;
    ~room() {
        if (block) {
            release_for<T>(block, size);
        }
    }

    /// The block is the object's now.
    template <class Pointer>
    Pointer keep(Pointer object) noexcept {
        block = nullptr;
        return object;
    }
};

} // namespace detail
} // namespace v1
} // namespace dam

#endif
