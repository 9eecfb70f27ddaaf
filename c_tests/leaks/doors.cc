// C++ objects that are lost are named by their doors; what a container or a smart pointer holds is not lost.
// modes: preload static
// options: leaks_at_exit=1
// expect: stderr contains "DAM: memory-leak: 2 blocks of 1400 bytes to which nothing points, and behind them 1 of 600 bytes"
// expect: stderr contains "of 800 bytes by new[], and behind it 1 of 600 bytes"
// expect: stderr contains "of 600 bytes by new:"
#include "check.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

struct object {
    char bytes[600];
};

using table = std::map<int, std::shared_ptr<std::vector<std::string>>>;

static table kept;                            // its destructor runs before the search
static table *const for_ever = new table();   // this one's never

__attribute__((noinline)) static void lose() {
    opaque(new object());
    object **some = new object *[100]();
    some[99] = new object();
    opaque(some);
    for (int i = 0; i < 1000; i++)
        kept[i] = (*for_ever)[i] = std::make_shared<std::vector<std::string>>(3, std::string(static_cast<size_t>(i), 'x'));
}

int main() {
    lose();
    return 0;
}
