// dam::unique_ptr and dam::make_unique. Built three times: with libdam_local, where `with_dam`
// counts DAM's blocks; with libdam preloaded; and without DAM, where malloc must serve.
#include "dam.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

extern "C" {
struct first_statistics {
    std::uint64_t size, version, live_blocks;
};
int dam_get_stats(first_statistics *, std::size_t) __attribute__((weak));
}

static void check(bool holds, const char *what, int line) {
    if (!holds) {
        std::fprintf(stderr, "unique_ptr.cc:%d: failed: %s\n", line, what);
        std::exit(1);
    }
}
#define CHECK(c) check((c), #c, __LINE__)

static std::uint64_t live_blocks() {
    first_statistics statistics{};
    if (dam_get_stats) {
        CHECK(dam_get_stats(&statistics, sizeof statistics) == 0);
    }
    return statistics.live_blocks;
}

static int alive = 0;

struct counted {
    int value;
    explicit counted(int v) : value(v) {
        if (v < 0) {
            throw std::runtime_error("negative");
        }
        ++alive;
    }
    ~counted() { --alive; }
};

struct first_base {
    virtual ~first_base() = default;
    long one = 1;
};
struct second_base {
    virtual ~second_base() { --alive; }
    long two = 2;
};
struct both_bases : first_base, second_base {
    both_bases() { ++alive; }
};
struct alignas(256) wide {
    char bytes[512];
};
struct plain_base {};
struct plain_derived : plain_base {};

static_assert(sizeof(dam::unique_ptr<counted>) == sizeof(counted *));
static_assert(std::is_convertible_v<dam::unique_ptr<both_bases>, dam::unique_ptr<second_base>>);
static_assert(std::is_convertible_v<dam::unique_ptr<counted>, dam::unique_ptr<const counted>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<plain_derived>, dam::unique_ptr<plain_base>>);

static void lifetimes() {
    auto made = dam::make_unique<counted>(7);
    CHECK(made->value == 7 && alive == 1);
    dam::unique_ptr<const counted> moved = std::move(made);
    CHECK(!made && moved->value == 7 && alive == 1);
    moved.reset();
    CHECK(alive == 0);
}

static void a_throwing_constructor_leaks_nothing() {
    bool thrown = false;
    try {
        (void)dam::make_unique<counted>(-1);
    } catch (const std::runtime_error &) {
        thrown = true;
    }
    CHECK(thrown && alive == 0);
}

static void a_base_that_comes_second() {
    dam::unique_ptr<second_base> base = dam::make_unique<both_bases>();
    CHECK(base->two == 2 && alive == 1);
    base.reset();
    CHECK(alive == 0);
}

static void alignment() {
    auto block = dam::make_unique<wide>();
    CHECK(reinterpret_cast<std::uintptr_t>(block.get()) % alignof(wide) == 0);
    std::memset(block->bytes, 0x5a, sizeof block->bytes);
}

int main(int argc, char **argv) {
    const bool with_dam = argc > 1 && std::string(argv[1]) == "with-dam";
    CHECK(with_dam == (dam_malloc != nullptr));
    const std::uint64_t before = live_blocks();
    {
        auto one = dam::make_unique<counted>(1);
        CHECK(live_blocks() == before + (with_dam ? 1 : 0));
    }
    lifetimes();
    a_throwing_constructor_leaks_nothing();
    a_base_that_comes_second();
    alignment();
    CHECK(live_blocks() == before);
}
