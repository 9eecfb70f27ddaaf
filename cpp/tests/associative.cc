// Conformance: map, set and their unordered and multiple relatives.
#include "containers.hpp"

#include <string>

namespace {

using test::fragile;

struct hash {
    std::size_t operator()(const fragile &it) const noexcept { return static_cast<std::size_t>(it.value) * 31; }
    template <std::size_t Alignment>
    std::size_t operator()(const test::wide<Alignment> &it) const noexcept {
        return it.value;
    }
};

template <class Container>
void associative() {
    if constexpr (std::is_same_v<typename Container::key_type, typename Container::value_type>) {
        test::container<Container>([](Container &some, int count) {
            for (int i = 0; i < count; ++i) {
                some.emplace(i);
            }
        });
    } else {
        test::container<Container>([](Container &some, int count) {
            for (int i = 0; i < count; ++i) {
                some.emplace(i, i + 1000);
            }
        });
    }
}

template <class Map>
void nodes() {
    Map one, other;
    one.emplace(1, 2);
    one.emplace(3, 4);
    auto node = one.extract(one.begin()->first);
    node.key() = fragile(7);
    other.insert(std::move(node));
    other.merge(one);
    CHECK(other.size() == 2 && one.empty() && other.find(fragile(7)) != other.end());
}

void strings_as_keys() {
    dam::unordered_map<dam::string, int> numbers;
    dam::map<dam::string, int> ordered;
    dam::unordered_set<dam::u16string> wide{u"one", u"two"};
    for (int i = 0; i < 1000; ++i) {
        dam::string key = "a key that is too long to be kept in place, number ";
        key += std::to_string(i).c_str();
        numbers[key] = i;
        ordered[key] = i;
    }
    CHECK(numbers.size() == 1000 && ordered.size() == 1000 && wide.count(u"two") == 1);
    CHECK(numbers.at("a key that is too long to be kept in place, number 77") == 77);
    CHECK(std::hash<dam::string>()("text") == std::hash<std::string>()("text"));
}

struct containers_of {
    template <class T>
    static void make() {
        const T one(static_cast<unsigned char>(1));
        const T two(static_cast<unsigned char>(2));
        test::aligned_elements(dam::set<T>{one, two});
        test::aligned_elements(dam::unordered_set<T, hash>{one, two});
        const dam::map<int, T> mapped{{1, one}, {2, two}};
        CHECK(test::is_aligned(mapped.at(2)));
        const dam::unordered_map<T, int, hash> keyed{{one, 1}, {two, 2}};
        CHECK(test::is_aligned(keyed.begin()->first) && keyed.at(two) == 2);
    }
};

} // namespace

static void run() {
    associative<dam::set<fragile>>();
    associative<dam::multiset<fragile>>();
    associative<dam::map<fragile, fragile>>();
    associative<dam::multimap<fragile, fragile>>();
    associative<dam::unordered_set<fragile, hash>>();
    associative<dam::unordered_multiset<fragile, hash>>();
    associative<dam::unordered_map<fragile, fragile, hash>>();
    associative<dam::unordered_multimap<fragile, fragile, hash>>();
    nodes<dam::map<fragile, fragile>>();
    nodes<dam::unordered_map<fragile, fragile, hash>>();
    strings_as_keys();
    test::every_alignment<containers_of>();
}
