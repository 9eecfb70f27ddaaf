// An ordered index in C++ (an order book, a scheduler's time line): a std::map
// of 200,000 keys to strings and a std::set of pairs beside it, with inserts,
// range scans and deletes at random places.
#include "work.h"
#include <map>
#include <set>
#include <string>
#include <utility>

struct Index {
    std::map<uint64_t, std::string> by_key;
    std::set<std::pair<uint32_t, uint64_t>> by_length;

    void put(uint64_t key, std::string value) {
        auto [at, is_new] = by_key.try_emplace(key);
        if (!is_new) by_length.erase({uint32_t(at->second.size()), key});
        by_length.insert({uint32_t(value.size()), key});
        at->second = std::move(value);
    }

    uint64_t remove_from(uint64_t key) {
        auto at = by_key.lower_bound(key);
        if (at == by_key.end()) return 0;
        uint64_t sum = at->first + at->second.size();
        by_length.erase({uint32_t(at->second.size()), at->first});
        by_key.erase(at);
        return sum;
    }

    uint64_t scan(uint64_t key) const {
        uint64_t sum = 0;
        auto at = by_key.lower_bound(key);
        for (int i = 0; i < 8 && at != by_key.end(); i++, ++at) sum += (unsigned char)at->second[0] + at->first;
        return sum;
    }
};

int main() {
    uint64_t random = seed_of(30), sum = 0;
    Index index;
    for (int i = 0; i < 600000; i++) {
        uint64_t key = between(&random, 0, 400000);
        size_t choice = between(&random, 0, 9);
        if (choice < 6) index.put(key, std::string(between(&random, 4, 100), char('a' + key % 26)));
        else if (choice < 9) sum += index.remove_from(key);
        else sum += index.scan(key);
    }
    for (auto &[length, key] : index.by_length) sum = sum * 31 + key + length;
    print_checksum(sum);
}
