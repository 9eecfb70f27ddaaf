// Conformance: vector, deque, list, forward_list.
#include "containers.hpp"

namespace {

using test::fragile;

template <class Container>
void filled_by(Container &some, int count) {
    for (int i = 0; i < count; ++i) {
        some.insert(some.begin(), fragile(i));
    }
}
void filled_by(dam::forward_list<fragile> &some, int count) {
    for (int i = 0; i < count; ++i) {
        some.push_front(fragile(i));
    }
}

template <class Container>
void sequence() {
    test::container<Container>([](Container &some, int count) { filled_by(some, count); });
    Container some(5, fragile(3));
    CHECK(std::distance(some.begin(), some.end()) == 5);
    some.assign(100, fragile(4));
    some.resize(50);
    CHECK(std::distance(some.begin(), some.end()) == 50);
    some.clear();
    CHECK(test::alive == 0);
}

void bools() {
    dam::vector<bool> bits(1000, true);
    bits.resize(2000);
    CHECK(bits[999] && !bits[1000]);
}

void splicing() {
    dam::list<fragile> one, other;
    filled_by(one, 10);
    filled_by(other, 10);
    one.splice(one.end(), other);
    one.sort();
    one.unique();
    CHECK(one.size() == 10 && other.empty());
    dam::forward_list<fragile> single{fragile(1), fragile(2)}, second{fragile(3)};
    single.splice_after(single.before_begin(), second);
    CHECK(single.front().value == 3);
}

// Elements that must move when the vector grows cannot be copied.
void only_movable() {
    dam::vector<dam::unique_ptr<fragile>> owners;
    for (int i = 0; i < 100; ++i) {
        owners.push_back(dam::make_unique<fragile>(i));
    }
    owners.erase(owners.begin(), owners.begin() + 50);
    owners.shrink_to_fit();
    CHECK(owners[0]->value == 50 && test::alive == 50);
}

struct sequences_of {
    template <class T>
    static void make() {
        test::aligned_elements(dam::vector<T>(3));
        test::aligned_elements(dam::deque<T>(3));
        test::aligned_elements(dam::list<T>(3));
        test::aligned_elements(dam::forward_list<T>(3));
    }
};

} // namespace

static void run() {
    sequence<dam::vector<fragile>>();
    sequence<dam::deque<fragile>>();
    sequence<dam::list<fragile>>();
    sequence<dam::forward_list<fragile>>();
    bools();
    splicing();
    only_movable();
    test::every_alignment<sequences_of>();
}
