// The standard library at work in four threads: strings, vectors, maps, deques, shared_ptr, functions, streams, regex,
// exceptions by the thousand, pmr, thread_local objects.
// modes: preload static ubsan
// timeout: 120
#include "check.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

static thread_local std::vector<std::string> own;

static size_t work(unsigned seed) {
    std::map<std::string, std::vector<int>> m;
    std::unordered_map<int, std::string> u;
    std::deque<std::shared_ptr<std::string>> d;
    size_t sum = 0;
    for (unsigned i = 0; i < 20000; i++) {
        unsigned k = (i * 2654435761u + seed) >> 12;
        m[std::to_string(k % 700)].push_back((int)i);
        u[(int)(k % 3000)] += "text";
        d.push_back(std::make_shared<std::string>(k % 200, 'x'));
        if (d.size() > 500) sum += d.front()->size(), d.pop_front();
        if (i % 1000 == 0) own.emplace_back(500, 'o');
        std::function<size_t()> f = [copy = *d.back()] { return copy.size(); };
        sum += f();
    }
    for (int i = 0; i < 1000; i++) try {
            throw std::runtime_error("an exception with a text long enough for the heap " + std::to_string(i));
        } catch (const std::exception &e) {
            sum += strlen(e.what());
        }
    std::pmr::monotonic_buffer_resource pool;
    std::pmr::vector<std::pmr::string> pv(&pool);
    for (int i = 0; i < 2000; i++) pv.emplace_back("a string in a pool of the standard library");
    std::ostringstream o;
    for (int i = 0; i < 5000; i++) o << i << ' ';
    sum += o.str().size();
    sum += (size_t)std::regex_match("aaabbbccc", std::regex("(a+)(b+)(c+)"));
    auto array = std::make_unique<long double[]>(100000);
    array[99999] = 1;
    return sum + pv.size() + m.size() + u.size();
}

int main() {
    size_t alone = work(1);
    for (int round = 0; round < 5; round++) {
        size_t got[4];
        std::vector<std::thread> t;
        for (int i = 0; i < 4; i++) t.emplace_back([&got, i] { got[i] = work(1); });
        for (auto &one : t) one.join();
        for (size_t g : got) CHECK_EQ(g, alone);
    }
    check_sound();
    return 0;
}
