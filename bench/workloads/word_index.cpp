// A full-text index in C++: std::unordered_map from each word to a
// std::vector of the documents it stands in, std::vector<std::string> for the
// words of a document; old documents are taken out again.
#include "work.h"
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

static const size_t VOCABULARY = 40000, KEPT = 4000, DOCUMENTS = 30000;

static std::string word_of(uint64_t number) {
    uint64_t random = seed_of(number);
    std::string word(between(&random, 4, 26), ' ');
    write_letters(&word[0], word.size(), random);
    return word;
}

// Few words are common and many rare, as in any language.
static std::vector<std::string> read_document(uint64_t *random) {
    std::vector<std::string> words;
    for (size_t n = between(random, 20, 120); n--;)
        words.push_back(word_of(pareto_size(random, 20, VOCABULARY)));
    return words;
}

struct TextIndex {
    std::unordered_map<std::string, std::vector<uint32_t>> places;
    std::deque<std::pair<uint32_t, std::vector<std::string>>> documents;

    void add(uint32_t number, std::vector<std::string> words) {
        for (auto &word : words) places[word].push_back(number);
        documents.emplace_back(number, std::move(words));
    }

    uint64_t remove_oldest() {
        uint64_t sum = 0;
        for (auto &word : documents.front().second) {
            auto found = places.find(word);
            if (found == places.end()) continue;
            // Documents leave in the order they came: theirs stand in front.
            auto &list = found->second;
            size_t count = 0;
            while (count < list.size() && list[count] == documents.front().first) count++;
            list.erase(list.begin(), list.begin() + count);
            sum += list.size() + word.size();
            if (list.empty()) places.erase(found);
        }
        documents.pop_front();
        return sum;
    }
};

int main() {
    uint64_t random = seed_of(31), sum = 0;
    TextIndex index;
    for (size_t n = 0; n < DOCUMENTS; n++) {
        index.add(uint32_t(n), read_document(&random));
        if (index.documents.size() > KEPT) sum += index.remove_oldest();
    }
    for (auto &[word, list] : index.places) sum += word.size() * list.size() + list.back();
    print_checksum(sum);
}
