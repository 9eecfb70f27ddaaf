// operator new calls the new_handler again and again until there is memory: the handler frees a reserve and the request is
// served. Without success the handler throws, or takes itself away and bad_alloc comes.
#include "check.h"

#include <new>

static int called;
static void *reserve;
static size_t before_limit;

static void lift() {  // the limit that made the request fail
    called++;
    struct rlimit r;
    getrlimit(RLIMIT_AS, &r);
    r.rlim_cur = called < 3 ? r.rlim_cur : before_limit;
    setrlimit(RLIMIT_AS, &r);
    free(reserve);
    reserve = nullptr;
}

struct mine {};
static void throwing() {
    called++;
    throw mine{};
}
static void leaving() {
    called++;
    std::set_new_handler(nullptr);
}

static void limit() {
    malloc_trim(0);  // nothing kept from the last block
    struct rlimit r;
    CHECK_EQ(getrlimit(RLIMIT_AS, &r), 0);
    before_limit = r.rlim_cur;
    r.rlim_cur = 64 * MIB;  // below what is mapped already: nothing new
    CHECK_EQ(setrlimit(RLIMIT_AS, &r), 0);
    called = 0;
}

int main() {
    const size_t n = 600 * MIB;
    reserve = malloc(100);
    std::set_new_handler(lift);
    for (int form = 0; form < 4; form++) {
        limit();
        void *p = nullptr;
        switch (form) {
        case 0: p = ::operator new(n); break;
        case 1: p = ::operator new[](n); break;
        case 2: p = ::operator new(n, std::align_val_t{64}); break;
        case 3: p = ::operator new[](n, std::align_val_t{64}); break;
        }
        CHECK(p);
        CHECK_EQ(called, 3);
        mark(p, n, 1);
        if (form < 2) form == 1 ? ::operator delete[](p) : ::operator delete(p);
        else form == 2 ? ::operator delete(p, std::align_val_t{64}) : ::operator delete[](p, std::align_val_t{64});
    }
    const size_t never = PTRDIFF_MAX;
    called = 0;
    std::set_new_handler(throwing);
    bool caught = false;
    try {
        ::operator delete(::operator new(never));
    } catch (const mine &) {
        caught = true;
    }
    CHECK(caught && called == 1);

    std::set_new_handler(leaving);
    caught = false;
    try {
        ::operator delete(::operator new(never));
    } catch (const std::bad_alloc &) {
        caught = true;
    }
    CHECK(caught && called == 2 && std::get_new_handler() == nullptr);
    check_sound();
    return 0;
}
