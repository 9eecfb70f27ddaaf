// Objects with static storage allocate in their constructors before main and free in their destructors after it;
// thread_local ones of ended threads, too.
// expect: stdout contains "last object gone"
#include "check.h"

#include <map>
#include <string>
#include <thread>

struct holder {
    std::map<int, std::string> m;
    const char *word;
    explicit holder(const char *w) : word(w) {
        for (int i = 0; i < 1000; i++) m[i] = std::string((size_t)i, 'h');
    }
    ~holder() {
        for (int i = 0; i < 1000; i++) CHECK(m[i].size() == (size_t)i);
        m.clear();
        if (*word) CHECK(write(1, word, strlen(word)) > 0);
    }
};

__attribute__((init_priority(101))) static holder first("last object gone\n");
static holder ordinary("");
static thread_local holder per_thread("");

int main() {
    for (int i = 0; i < 20; i++) std::thread([] { CHECK(per_thread.m.size() == 1000); }).join();
    static holder local("");
    CHECK(per_thread.m.size() + local.m.size() == 2000);
    check_sound();
    return 0;
}
