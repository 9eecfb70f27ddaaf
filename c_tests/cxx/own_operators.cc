// A program that brings its own operator new and delete on top of malloc keeps them; the library's do not interfere.
// modes: preload static
#include "check.h"

#include <cstdlib>
#include <new>
#include <string>
#include <vector>

static size_t made, given;

void *operator new(size_t n) {
    made++;
    void *p = malloc(n ? n : 1);
    if (!p) throw std::bad_alloc{};
    return p;
}
void operator delete(void *p) noexcept {
    given += p != nullptr;
    free(p);
}
void operator delete(void *p, size_t) noexcept { operator delete(p); }

int main() {
    {
        std::vector<std::string> v;
        for (int i = 0; i < 1000; i++) v.emplace_back(100, 'x');
        delete[] new long[50];
    }
    CHECK_GE(made, 1000);
    CHECK_EQ(made, given);
    if (dam_version) CHECK_EQ(stats().dealloc_mismatches, 0);
    check_sound();
    return 0;
}
