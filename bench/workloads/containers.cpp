// An ordinary C++ program: a std::map, an std::unordered_map of strings and
// vectors of strings, filled, searched, thinned out and filled again.
#include "work.h"
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

static std::string make_word(uint64_t *random) {
    std::string word;
    for (size_t length = between(random, 3, 40); length--;) word += char('a' + between(random, 0, 25));
    return word;
}

static uint64_t use_tree(uint64_t *random) {
    std::map<uint64_t, std::string> tree;
    uint64_t sum = 0;
    for (int i = 0; i < 60000; i++) tree[next_random(random) % 100000] = make_word(random);
    for (int i = 0; i < 60000; i++) {
        auto found = tree.find(next_random(random) % 100000);
        if (found == tree.end()) continue;
        sum += found->second.size();
        tree.erase(found);
    }
    for (auto &entry : tree) sum += entry.first;
    return sum;
}

static uint64_t count_words(uint64_t *random) {
    std::unordered_map<std::string, int> counts;
    std::vector<std::string> words;
    for (int i = 0; i < 20000; i++) words.push_back(make_word(random));
    for (int i = 0; i < 200000; i++) counts[words[between(random, 0, words.size() - 1)] + "s"]++;
    uint64_t sum = 0;
    for (auto &word : words) {
        auto found = counts.find(word + "s");
        if (found != counts.end()) sum += found->second;
    }
    return sum;
}

static uint64_t split_lines(uint64_t *random) {
    uint64_t sum = 0;
    for (int line = 0; line < 4000; line++) {
        std::vector<std::string> fields;
        for (size_t n = between(random, 2, 20); n--;) fields.push_back(std::string(between(random, 1, 60), 'f'));
        std::string joined;
        for (auto &field : fields) joined += field + ",";
        sum += joined.size();
    }
    return sum;
}

int main() {
    uint64_t random = seed_of(10), sum = 0;
    for (int round = 0; round < 14; round++) {
        sum += use_tree(&random);
        sum += count_words(&random);
        sum += split_lines(&random);
    }
    print_checksum(sum);
}
