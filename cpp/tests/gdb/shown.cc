// What contrib/dam-gdb-cpp.py shows, at a breakpoint in `stop`.
#include "dam.hpp"
#include "dam/containers.hpp"

#if __has_include(<memory_resource>)
#include "dam/memory_resource.hpp"
#endif

#include <string>

struct base {
    virtual ~base() = default;
    int one = 11;
};
struct derived : base {
    int two = 22;
};

void stop(int);
[[gnu::noinline]] void stop(int) {
    asm volatile("");
}

int main() {
    dam::unique_ptr<int> number = dam::make_unique<int>(7);
    dam::unique_ptr<base> object = dam::make_unique<derived>();
    dam::unique_ptr<std::string[]> names = dam::make_unique<std::string[]>(3);
    names[2] = "Ada";
    dam::unique_ptr<const short[]> none;
    dam::unique_ptr<int> nothing;
    dam::statistics figures;
    figures.live_blocks = 12;
    figures.used_bytes = 34;
    std::unique_ptr<int> standard(new int(9));
#if __has_include(<memory_resource>)
    dam::memory_resource heap;
    dam::tracking_resource tracking(&heap);
    void *block = tracking.allocate(100, 8);
    stop(*number);
    tracking.deallocate(block, 100, 8);
#else
    stop(*number);
#endif
    return none || nothing || *standard != 9;
}
