// dam::out_ptr and dam::inout_ptr with functions as C libraries have them.
#include "check.hpp"

#include <memory>

namespace {

struct thing {
    int value;
};

// A C library's functions, whose things are in DAM's blocks.
int thing_make(thing **out, int value) {
    if (value < 0) {
        return -1;
    }
    *out = dam::make_unique<thing>(thing{value}).release();
    return 0;
}
int thing_make_any(void **out, int value) {
    thing *made = nullptr;
    const int status = thing_make(&made, value);
    *out = made;
    return status;
}
void thing_free(thing *it) {
    dam::unique_ptr<thing> gone(it);
}
int thing_replace(thing **it, int value) {
    thing_free(*it);
    *it = nullptr;
    return thing_make(it, value);
}

// (The smart pointer has it at the end of the whole expression, hence a check of its own.)
void out() {
    dam::unique_ptr<thing> mine;
    CHECK(thing_make(dam::out_ptr(mine), 3) == 0);
    CHECK(mine->value == 3);
    CHECK(thing_make(dam::out_ptr(mine), 4) == 0);
    CHECK(mine->value == 4);
    CHECK(thing_make_any(dam::out_ptr(mine), 5) == 0);
    CHECK(mine->value == 5);
    CHECK(thing_make_any(dam::out_ptr<void *>(mine), 6) == 0);
    CHECK(mine->value == 6);
    CHECK(thing_make(dam::out_ptr(mine), -1) == -1);
    CHECK(!mine);
}

void out_to_others() {
    std::shared_ptr<thing> shared;
    CHECK(thing_make(dam::out_ptr(shared, thing_free), 7) == 0);
    CHECK(shared->value == 7);
    thing *raw = nullptr;
    CHECK(thing_make(dam::out_ptr(raw), 8) == 0);
    CHECK(raw->value == 8);
    thing_free(raw);
    std::unique_ptr<thing, void (*)(thing *)> with_state(nullptr, thing_free);
    CHECK(thing_make(dam::out_ptr(with_state), 9) == 0);
    CHECK(with_state->value == 9);
    // One that cannot be reset to another deleter is made anew.
    std::unique_ptr<thing, void (*)(thing *)> other(nullptr, [](thing *) {});
    CHECK(thing_make(dam::out_ptr(other, &thing_free), 10) == 0);
    CHECK(other->value == 10 && other.get_deleter() == &thing_free);
}

void in_and_out() {
    auto mine = dam::make_unique<thing>(thing{1});
    CHECK(thing_replace(dam::inout_ptr(mine), 2) == 0);
    CHECK(mine->value == 2);
    CHECK(thing_replace(dam::inout_ptr(mine), -1) == -1);
    CHECK(!mine);
    CHECK(thing_replace(dam::inout_ptr(mine), 3) == 0);
    CHECK(mine->value == 3);
}

} // namespace

static void run() {
    out();
    out_to_others();
    in_and_out();
}
