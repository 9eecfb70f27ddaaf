// Replacement operator new and delete over DAM, for programs that link libdam_local, or want C++ alone on DAM:
// compile it into the program. (libdam itself brings these operators.)
//
// All forms that a program may replace are here, so none is the C++ library's with another's block.
#include "dam/block.hpp"

#include <cstddef>
#include <new>

// Not every compiler knows these unasked.
void operator delete(void *block, std::size_t size) noexcept;
void operator delete[](void *block, std::size_t size) noexcept;
void operator delete(void *block, std::size_t size, std::align_val_t alignment) noexcept;
void operator delete[](void *block, std::size_t size, std::align_val_t alignment) noexcept;

namespace {

// Different objects have different addresses: no block has no bytes.
std::size_t at_least_one(std::size_t size) noexcept {
    return size != 0 ? size : 1;
}

std::size_t number(std::align_val_t alignment) noexcept {
    return static_cast<std::size_t>(alignment);
}

} // namespace

void *operator new(std::size_t size) {
    return dam::detail::allocate(at_least_one(size));
}
void *operator new[](std::size_t size) {
    return ::operator new(size);
}
void *operator new(std::size_t size, std::align_val_t alignment) {
    return dam::detail::allocate_aligned(number(alignment), at_least_one(size));
}
void *operator new[](std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
}

// These return null where the others throw, or, without exceptions, end the process.
void *operator new(std::size_t size, const std::nothrow_t &) noexcept {
#ifdef __cpp_exceptions
    try {
        return ::operator new(size);
    } catch (...) {
        return nullptr;
    }
#else
    return dam::detail::try_allocate(at_least_one(size));
#endif
}
void *operator new[](std::size_t size, const std::nothrow_t &nothrow) noexcept {
    return ::operator new(size, nothrow);
}
void *operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t &) noexcept {
#ifdef __cpp_exceptions
    try {
        return ::operator new(size, alignment);
    } catch (...) {
        return nullptr;
    }
#else
    return dam::detail::try_allocate_aligned(number(alignment), at_least_one(size));
#endif
}
void *operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t &nothrow) noexcept {
    return ::operator new(size, alignment, nothrow);
}

void operator delete(void *block) noexcept {
    dam::detail::release(block);
}
void operator delete[](void *block) noexcept {
    ::operator delete(block);
}
void operator delete(void *block, std::size_t size) noexcept {
    dam::detail::release(block, at_least_one(size));
}
void operator delete[](void *block, std::size_t size) noexcept {
    ::operator delete(block, size);
}
void operator delete(void *block, std::align_val_t) noexcept {
    dam::detail::release(block);
}
void operator delete[](void *block, std::align_val_t) noexcept {
    dam::detail::release(block);
}
void operator delete(void *block, std::size_t size, std::align_val_t alignment) noexcept {
    dam::detail::release_aligned(block, number(alignment), at_least_one(size));
}
void operator delete[](void *block, std::size_t size, std::align_val_t alignment) noexcept {
    ::operator delete(block, size, alignment);
}
void operator delete(void *block, const std::nothrow_t &) noexcept {
    dam::detail::release(block);
}
void operator delete[](void *block, const std::nothrow_t &) noexcept {
    dam::detail::release(block);
}
void operator delete(void *block, std::align_val_t, const std::nothrow_t &) noexcept {
    dam::detail::release(block);
}
void operator delete[](void *block, std::align_val_t, const std::nothrow_t &) noexcept {
    dam::detail::release(block);
}
