// dam::unique_ptr<T[]>: arrays whose length only the heap knows.
#include "check.hpp"

#include <memory>
#include <string>
#include <type_traits>

namespace {

using test::fragile;

static_assert(sizeof(dam::unique_ptr<fragile[]>) == sizeof(void *));
static_assert(std::is_convertible_v<dam::unique_ptr<int[]>, dam::unique_ptr<const int[]>>);
static_assert(!std::is_convertible_v<dam::unique_ptr<const int[]>, dam::unique_ptr<int[]>>);

struct base {
    virtual ~base() = default;
};
struct derived : base {};
static_assert(!std::is_convertible_v<dam::unique_ptr<derived[]>, dam::unique_ptr<base[]>>, "of another length");

// One byte long, so that a count that is off by a few bytes shows.
struct byte_sized {
    byte_sized() { ++test::alive; }
    ~byte_sized() { --test::alive; }
};

void every_element_lives_and_dies() {
    for (std::size_t count : {0u, 1u, 2u, 7u, 100u, 3000u, 100000u}) {
        auto some = dam::make_unique<fragile[]>(count);
        CHECK(test::alive == static_cast<int>(count));
        some.reset();
        CHECK(test::alive == 0);
        auto bytes = dam::make_unique<byte_sized[]>(count);
        CHECK(test::alive == static_cast<int>(count));
        dam::unique_ptr<const byte_sized[]> constant = std::move(bytes);
        constant.reset();
        CHECK(test::alive == 0);
    }
}

void no_cookie() {
    if (dam::available()) {
        CHECK(dam_malloc_usable_size(dam::make_unique<fragile[]>(5).get()) == 5 * sizeof(fragile));
    }
}

void elements_are_zero() {
    for (int round = 0; round < 3; ++round) {
        auto zeros = dam::make_unique<int[]>(1000);
        for (std::size_t i = 0; i < 1000; ++i) {
            CHECK(zeros[i] == 0);
            zeros[i] = -1;
        }
    }
    CHECK(dam::make_unique<const int[]>(3)[2] == 0);
}

void elements_are_destroyed_last_to_first() {
    static int last = 0;
    struct ordered {
        int number = ++last;
        ~ordered() { CHECK(number == last--); }
    };
    last = 0;
    dam::make_unique<ordered[]>(10).reset();
    CHECK(last == 0);
}

void a_throwing_constructor_leaks_nothing() {
#ifdef __cpp_exceptions
    test::births_left = 5;
    CHECK(test::throws<std::runtime_error>([] { (void)dam::make_unique<fragile[]>(10); }));
    CHECK(test::alive == 0);
    test::births_left = 5;
    CHECK(test::throws<std::runtime_error>([] { (void)dam::make_unique_for_overwrite<fragile[]>(10); }));
    CHECK(test::alive == 0);
    test::births_left = -1;
#endif
}

void too_long() {
#ifdef __cpp_exceptions
    // Beyond what the compiler can see.
    volatile std::size_t most = SIZE_MAX;
    CHECK(test::throws<std::bad_array_new_length>([&] { (void)dam::make_unique<long[]>(most / 4); }));
    CHECK(test::throws<std::bad_array_new_length>([&] { (void)dam::make_unique_for_overwrite<long[]>(most / 8 + 2); }));
    if (test::can_run_out) {
        const char *volatile block = nullptr; // a `new` whose result nobody wants may be left out
        CHECK(test::throws<std::bad_alloc>(
            [&] { block = dam::make_unique_for_overwrite<char[]>(most / 4).get(); }));
        CHECK(block == nullptr);
    }
#endif
}

void strings() {
    auto names = dam::make_unique<std::string[]>(20);
    names[19] = "a string that is too long to be kept in place";
    auto more = dam::make_unique_for_overwrite<std::string[]>(20);
    more[3] = std::move(names[19]);
    CHECK(more[3].size() == 45);
}

} // namespace

static void run() {
    every_element_lives_and_dies();
    no_cookie();
    elements_are_zero();
    elements_are_destroyed_last_to_first();
    a_throwing_constructor_leaks_nothing();
    too_long();
    strings();
}
