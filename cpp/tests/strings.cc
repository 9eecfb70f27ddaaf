// Conformance: strings, adapters, and what is like a function.
#include "containers.hpp"

#include <functional>
#include <future>
#include <string>
#include <string_view>
#if __has_include(<version>)
#include <version>
#endif

namespace {

using test::fragile;

template <class String>
void string() {
    using letter = typename String::value_type;
    test::check_traits<String>();
    String text;
    for (int i = 0; i < 1000; ++i) {
        text.push_back(static_cast<letter>('a' + i % 26));
    }
    String copy(text);
    const letter *where = text.data();
    String moved(std::move(text));
    CHECK(moved == copy && moved.data() == where);
    String assigned(static_cast<std::size_t>(100), static_cast<letter>('z'));
    assigned = copy;
    CHECK(assigned == copy);
    assigned = std::move(moved);
    CHECK(assigned.data() == where);
    swap(assigned, copy);
    CHECK(copy.data() == where && assigned == copy);
    copy += assigned;
    copy.replace(0, 10, assigned);
    copy.insert(5, assigned);
    copy.shrink_to_fit();
    CHECK(copy.size() == 3990 && copy.find(assigned) == 5);
    using string_view = std::basic_string_view<letter>;
    const string_view view = copy;
    CHECK(view == copy && String(view) == copy && std::hash<String>()(copy) == std::hash<string_view>()(view));
    String small;
    small.push_back(static_cast<letter>('x'));
    small.swap(copy);
    CHECK(small.size() == 3990 && small == view && copy.size() == 1);
}

void adapters() {
    dam::priority_queue<fragile> largest_first;
    dam::stack<fragile> last_first;
    dam::queue<fragile> first_first;
    for (int i = 0; i < 100; ++i) {
        largest_first.push((i * 37) % 100);
        last_first.push(i);
        first_first.push(i);
    }
    auto copy = largest_first;
    auto moved = std::move(largest_first);
    swap(copy, moved);
    for (int i = 99; i >= 0; --i) {
        CHECK(copy.top().value == i && last_first.top().value == i && first_first.front().value == 99 - i);
        copy.pop();
        last_first.pop();
        first_first.pop();
    }
    // What an algorithm is given for an allocator of its own.
    dam::priority_queue<fragile> with_allocator{dam::allocator<fragile>()};
    with_allocator.emplace(3);
    CHECK(with_allocator.top().value == 3);
}

void functions() {
    auto kept = dam::make_shared<fragile>(3);
    std::function<int()> call = [kept] { return kept->value; };
    std::function<int()> same = call;
    std::function<int()> moved = std::move(call);
    CHECK(same() == 3 && moved() == 3 && kept.use_count() >= 3);
    dam::vector<std::function<int(int)>> steps{[](int x) { return x + 1; }, [kept](int x) { return x * kept->value; }};
    CHECK(steps[1](steps[0](4)) == 15);
    // Its state lies in a block of the allocator.
    std::promise<fragile> promise(std::allocator_arg, dam::allocator<char>());
    promise.set_value(fragile(8));
    CHECK(promise.get_future().get().value == 8);
#ifdef __cpp_lib_move_only_function
    std::move_only_function<int()> owning = [own = dam::make_unique<fragile>(9)] { return own->value; };
    CHECK(std::move(owning)() == 9);
#endif
}

#if defined(__cpp_lib_constexpr_vector) && defined(__cpp_lib_constexpr_string)
constexpr int sum_of_constants() {
    dam::vector<int> numbers{1, 2, 3};
    numbers.push_back(4);
    int sum = 0;
    for (int number : numbers) {
        sum += number;
    }
    return sum;
}
static_assert(sum_of_constants() == 10, "while the program is compiled");
#endif

struct adapters_of {
    template <class T>
    static void make() {
        dam::priority_queue<T> some;
        some.push(T(static_cast<unsigned char>(3)));
        some.push(T(static_cast<unsigned char>(4)));
        CHECK(test::is_aligned(some.top()));
    }
};

} // namespace

static void run() {
    string<dam::string>();
    string<dam::wstring>();
    string<dam::u16string>();
    string<dam::u32string>();
#ifdef __cpp_char8_t
    string<dam::u8string>();
#endif
    adapters();
    functions();
    test::every_alignment<adapters_of>();
}
