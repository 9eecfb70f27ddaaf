// Counts the words of its input, and says what that took.
#include <dam.hpp>
#include <dam/containers.hpp>
#include <dam/memory_resource.hpp>

#include <iostream>
#include <memory_resource>
#include <string>
#include <vector>

namespace {

// Reads words into `out`, which grows as a vector of the resource it was made with.
void read_words(std::istream &in, std::pmr::vector<std::pmr::string> &out) {
    std::string word;
    while (in >> word) {
        out.emplace_back(word);
    }
}

dam::map<dam::string, int> count(const std::pmr::vector<std::pmr::string> &words) {
    dam::map<dam::string, int> counts;
    for (const std::pmr::string &word : words) {
        ++counts[dam::string(word)];
    }
    return counts;
}

} // namespace

int main() {
    dam::on_event(dam::event_kind::violation,
        [](const dam::event &what) { std::cerr << "word_count has a mistake: " << what.violation << "\n"; });
    const dam::scoped_stats scope;
    dam::memory_resource heap;
    dam::tracking_resource input(&heap);
    {
        std::pmr::vector<std::pmr::string> words(&input);
        read_words(std::cin, words);
        for (const auto &[word, times] : count(words)) {
            std::cout << times << ' ' << word << '\n';
        }
    }
    // All of it has gone back, so the scope has nothing left but what the streams keep.
    const bool was_used = input.peak_bytes() > 0;
    std::cout << "input: " << input.bytes() << " bytes now, at most " << (was_used ? "some" : "none") << '\n';
    std::cout << "DAM: " << (dam::available() && scope.so_far().allocations > 0 ? "yes" : "no") << ", faults "
              << dam::check_heap() << '\n';
}
