// Mistakes that C++ programs make, one at a time: `misuse NAME`. The report on standard error is the script's to
// read; the program itself looks at what the listener was told and at the figures, and ends with 0 if they name the
// right kind.
#include "dam.hpp"
#include "dam/containers.hpp"
#include "dam/memory_resource.hpp"

#include <cstdio>
#include <cstring>
#include <string>

namespace {

struct base {
    virtual ~base() = default;
    long one = 1;
};
struct other_base {
    virtual ~other_base() = default;
    long two = 2;
};
struct derived : base, other_base {
    long three = 3;
};
struct counted {
    long value = 0;
    ~counted() { value = -1; }
};

// The compiler is not to see that a pointer is the same as another.
template <class T>
T *hidden(T *pointer) {
    T *volatile copy = pointer;
    return copy;
}

void two_owners() {
    auto one = dam::make_unique<long>(3);
    dam::unique_ptr<long> other(hidden(one.get()));
}
void block_of_a_base_freed_twice() {
    dam::unique_ptr<other_base> one = dam::make_unique<derived>();
    void *block = dynamic_cast<void *>(one.get());
    one.reset();
    dam::detail::release(hidden(block));
}
void two_owners_of_an_array() {
    auto one = dam::make_unique<counted[]>(5);
    dam::unique_ptr<counted[]> other(hidden(one.get()));
}
void freed_twice_by_a_container() {
    dam::allocator<int> heap;
    int *some = heap.allocate(10);
    heap.deallocate(hidden(some), 10);
    heap.deallocate(hidden(some), 10);
}
void wrong_count() {
    dam::allocator<int> heap;
    heap.deallocate(heap.allocate(10), 11);
}
void wrong_bytes() {
    dam::memory_resource heap;
    heap.deallocate(heap.allocate(100, 8), 101, 8);
}
void slice_owned() {
    // What is owned as a `base` by value is longer.
    struct plain {
        long one;
    };
    struct longer : plain {
        long two[9];
    };
    auto made = dam::make_unique<longer>();
    dam::unique_ptr<plain> slice(hidden(static_cast<plain *>(made.release())));
}
void not_a_block() {
    static long not_allocated = 3;
    dam::unique_ptr<long> owner(hidden(&not_allocated));
}
void middle_of_a_block() {
    auto some = dam::make_unique<long[]>(10);
    dam::unique_ptr<long> owner(hidden(&some[5]));
}
void beyond_the_end() {
    auto text = dam::make_unique<char[]>(5);
    std::memcpy(hidden(text.get()), "hello", sizeof "hello");
}
void beyond_a_vector() {
    dam::vector<char> some(12);
    hidden(some.data())[12] = 1;
}
void leak() {
    (void)dam::make_unique<char[]>(12345).release();
}

struct mistake {
    const char *name;
    void (*make)();
    const char *violation; // as it is reported
    std::uint64_t dam::statistics::*count;
};
const mistake mistakes[] = {
    {"two_owners", two_owners, "double-free", &dam::statistics::double_frees},
    {"block_of_a_base_freed_twice", block_of_a_base_freed_twice, "double-free", &dam::statistics::double_frees},
    {"two_owners_of_an_array", two_owners_of_an_array, "double-free", &dam::statistics::double_frees},
    {"freed_twice_by_a_container", freed_twice_by_a_container, "double-free", &dam::statistics::double_frees},
    {"wrong_count", wrong_count, "size-mismatch", &dam::statistics::size_mismatches},
    {"wrong_bytes", wrong_bytes, "size-mismatch", &dam::statistics::size_mismatches},
    {"slice_owned", slice_owned, "size-mismatch", &dam::statistics::size_mismatches},
    {"not_a_block", not_a_block, "invalid-free", &dam::statistics::invalid_frees},
    {"middle_of_a_block", middle_of_a_block, "invalid-free", &dam::statistics::invalid_frees},
    {"beyond_the_end", beyond_the_end, "heap-buffer-overflow", &dam::statistics::heap_buffer_overflows},
    {"beyond_a_vector", beyond_a_vector, "heap-buffer-overflow", &dam::statistics::heap_buffer_overflows},
};

std::string heard;

int run(const mistake &one) {
    dam::on_event(dam::event_kind::violation, [](const dam::event &what) { heard = what.violation; });
    one.make();
    const dam::statistics now = dam::stats();
    dam::on_event(nullptr);
    // An array that is deleted twice is told twice: when its length is asked for, and when it is freed.
    if (heard != one.violation || now.*one.count == 0 || now.violations != now.*one.count) {
        std::fprintf(stderr, "heard '%s', counted %d of %d\n", heard.c_str(), static_cast<int>(now.*one.count),
            static_cast<int>(now.violations));
        return 1;
    }
    return 0;
}

// What `new` has made is not a dam::unique_ptr's to give back: on libdam it came by another door, beside another malloc
// it is that one's. Writes what the listener heard.
int run_adopted() {
    dam::on_event(dam::event_kind::violation, [](const dam::event &what) { heard = what.violation; });
    dam::unique_ptr<long>(hidden(new long(3))).reset();
    std::printf("%s\n", heard.c_str());
    return 0;
}

// A leak is no violation; what a scope has left behind shows it.
int run_leak() {
    (void)dam::scoped_stats().so_far();
    const dam::scoped_stats scope;
    leak();
    const auto left = scope.so_far();
    return left.live_blocks == 1 && left.requested_bytes == 12345 && left.violations == 0 ? 0 : 1;
}

// And a search for leaks reports it, and what is lost with it.
void lose() {
    (void)dam::make_unique<dam::vector<long>>(100u, 3).release();
    (void)dam::make_unique<char[]>(12345).release();
}
// What dead frames have left on the stack would keep a block.
void forget() {
    volatile char room[32 * 1024];
    for (std::size_t i = 0; i < sizeof room; ++i) {
        room[i] = 0;
    }
}
int run_lost() {
    // Not inlined, so that their frames are others than this one.
    void (*volatile steps[])() = {lose, forget};
    for (auto step : steps) {
        step();
    }
    const dam::leaks found = dam::find_leaks();
    return found.blocks == 2 && found.bytes == sizeof(dam::vector<long>) + 12345 && found.blocks_behind == 1 &&
            found.bytes_behind == 100 * sizeof(long)
        ? 0
        : 1;
}

} // namespace

int main(int, char **argv) {
    if (!argv[1]) {
        for (const mistake &one : mistakes) {
            std::printf("%s %s\n", one.name, one.violation);
        }
        return 0;
    }
    if (std::strcmp(argv[1], "leak") == 0) {
        return run_leak();
    }
    if (std::strcmp(argv[1], "lost") == 0) {
        return run_lost();
    }
    if (std::strcmp(argv[1], "adopted") == 0) {
        return run_adopted();
    }
    for (const mistake &one : mistakes) {
        if (std::strcmp(one.name, argv[1]) == 0) {
            return run(one);
        }
    }
    return 2;
}
