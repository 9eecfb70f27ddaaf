// What the tests share: a check that tells where it failed, types that watch their own lives, and `main`.
//
// A test is run beside DAM, on DAM, and without it; the argument `with-dam` says what it must find. It runs twice,
// and the second run must leave as many live blocks as it found.
#ifndef DAM_TESTS_CHECK_HPP
#define DAM_TESTS_CHECK_HPP

#include "dam.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

/// Defined by each test.
static void run();

namespace test {

inline void check(bool holds, const char *what, const char *file, int line) {
    if (!holds) {
        std::fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
        std::exit(1);
    }
}
#define CHECK(...) ::test::check((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

#ifdef __cpp_exceptions
/// Whether `action` throws an `Exception`.
template <class Exception, class Action>
bool throws(Action action) {
    try {
        action();
    } catch (const Exception &) {
        return true;
    }
    return false;
}
#endif

/// Under a sanitizer that replaces malloc, a request that is too large ends the program.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool can_run_out = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool can_run_out = false;
#else
inline constexpr bool can_run_out = true;
#endif
#else
inline constexpr bool can_run_out = true;
#endif

/// Objects that are alive.
inline int alive = 0;
/// After so many more births of a `fragile`, one throws; negative: none.
inline int births_left = -1;

/// Throws when it is told to, counts its lives, and knows whether it is where it was born.
struct fragile {
    int value;
    const fragile *self;

    fragile() : fragile(0) {}
    fragile(int v) : value(v), self(this) {
        if (births_left >= 0 && births_left-- == 0) {
#ifdef __cpp_exceptions
            throw std::runtime_error("told to");
#endif
        }
        ++alive;
    }
    fragile(const fragile &other) : fragile(other.value) {}
    fragile(fragile &&other) noexcept : value(other.value), self(this) {
        other.value = -1;
        ++alive;
    }
    fragile &operator=(const fragile &other) noexcept {
        value = other.value;
        return *this;
    }
    fragile &operator=(fragile &&other) noexcept {
        value = std::exchange(other.value, -1);
        return *this;
    }
    friend bool operator==(const fragile &a, const fragile &b) noexcept { return a.value == b.value; }
    friend bool operator<(const fragile &a, const fragile &b) noexcept { return a.value < b.value; }
    ~fragile() {
        check(self == this, "an object is where it was born", __FILE__, __LINE__);
        self = nullptr;
        --alive;
    }
};

} // namespace test

int main(int argc, char **argv) {
    const bool with_dam = argc > 1 && std::strcmp(argv[1], "with-dam") == 0;
    CHECK(with_dam == dam::available());
    run();
    const std::uint64_t before = dam::stats().live_blocks;
    run();
    CHECK(dam::stats().live_blocks == before);
    CHECK(test::alive == 0);
    CHECK(dam::stats().violations == 0);
}

#endif
