// Heavy on templates: compile-time lists, variants, recursive tuples, expression templates, the standard library.
// C++17, so that every compiler of the list takes it.
#include <algorithm>
#include <any>
#include <array>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N> struct Shape { std::array<char, N> data{}; int id = N; };
template <class> struct Any;
template <int... N> struct Any<std::integer_sequence<int, N...>> { using type = std::variant<Shape<N + 1>...>; };
using Variant = Any<std::make_integer_sequence<int, 48>>::type;

template <int N> Variant make(int which)
{
    if constexpr (N == 0) return Shape<1>{};
    else return which == N ? Variant(Shape<N + 1>{}) : make<N - 1>(which);
}

template <int N> struct Nested { using type = std::map<int, std::vector<typename Nested<N - 1>::type>>; };
template <> struct Nested<0> { using type = std::string; };

template <int N> long fill(typename Nested<N>::type &value, int seed)
{
    if constexpr (N == 0) {
        value = std::string(static_cast<size_t>(seed % 90), 'x');
        return static_cast<long>(value.size());
    } else {
        long total = 0;
        for (int i = 0; i < 4; i++) {
            auto &list = value[i * seed % 11];
            list.resize(list.size() + 2);
            for (auto &item : list) total += fill<N - 1>(item, seed + i);
        }
        return total;
    }
}

template <class L, class R, class F> struct Expression {
    const L &l; const R &r; F f;
    auto operator[](size_t i) const { return f(l[i], r[i]); }
    size_t size() const { return l.size(); }
};
template <class L, class R, class F> Expression<L, R, F> join(const L &l, const R &r, F f) { return {l, r, f}; }

template <class T, size_t... I> auto sum_tuple(const T &t, std::index_sequence<I...>) { return (0L + ... + std::get<I>(t)); }
template <size_t... I> long tuples(std::index_sequence<I...>)
{
    auto big = std::make_tuple(static_cast<long>(I * I)...);
    auto doubled = std::tuple_cat(big, big);
    return sum_tuple(doubled, std::make_index_sequence<2 * sizeof...(I)>{});
}

template <class C> long churn(C container, int n)
{
    std::mt19937 random(7);
    for (int i = 0; i < n; i++) {
        container.insert(container.end(), static_cast<typename C::value_type>(random() % 1000));
        if (container.size() > 300) container.erase(container.begin());
    }
    return std::accumulate(container.begin(), container.end(), 0L);
}

int main()
{
    long bytes = 0;
    std::vector<Variant> shapes;
    for (int i = 0; i < 5000; i++) shapes.push_back(make<47>(i % 48));
    for (auto &shape : shapes) bytes += std::visit([](auto &s) { return long(s.data.size()) * s.id; }, shape);
    std::cout << "variants " << bytes << '\n';
    Nested<6>::type nested;
    std::cout << "nested " << fill<6>(nested, 3) << '\n';
    std::vector<double> a(1000, 1.5), b(1000, 2.5), c(1000, 3.0);
    auto ab = join(a, b, std::multiplies<>{});
    auto abc = join(ab, c, std::plus<>{});
    double total = 0;
    for (size_t i = 0; i < abc.size(); i++) total += abc[i];
    std::cout << "expression " << total << "\ntuples " << tuples(std::make_index_sequence<120>{}) << '\n';
    std::cout << "churn " << churn(std::vector<int>{}, 20000) << ' ' << churn(std::deque<long>{}, 20000) << ' '
              << churn(std::list<short>{}, 20000) << ' ' << churn(std::set<int>{}, 20000) << ' '
              << churn(std::multiset<double>{}, 20000) << '\n';
    std::string text, out;
    for (int i = 0; i < 3000; i++) text += "item" + std::to_string(i * 37 % 1009) + (i % 3 ? " " : "; ");
    out = std::regex_replace(text, std::regex("item([0-9]+)([; ]+)(item[0-9]*7)"), "<$3|$1>");
    std::cout << "regex " << out.size() << ' ' << std::hash<std::string>{}(out) << '\n';
    std::vector<std::future<long>> jobs;
    for (int n = 1; n <= 8; n++)
        jobs.push_back(std::async(std::launch::async, [n] {
            std::unordered_map<std::string, std::shared_ptr<std::any>> map;
            for (int i = 0; i < 20000; i++)
                map[std::to_string(i * n % 5003)] = std::make_shared<std::any>(std::string(static_cast<size_t>(i % (70 + n)), 'a'));
            long size = 0;
            for (auto &[key, value] : map) size += static_cast<long>(key.size() + std::any_cast<std::string &>(*value).size());
            return size;
        }));
    for (auto &job : jobs) std::cout << "job " << job.get() << '\n';
    auto *array = new Shape<64>[100];
    std::unique_ptr<Shape<64>[]> owner(array);
    struct alignas(256) Wide { char data[256]; };
    auto wide = std::make_unique<Wide>();
    std::cout << "aligned " << reinterpret_cast<uintptr_t>(wide.get()) % 256 << '\n';
    try {
        volatile size_t size = static_cast<size_t>(-1) / 4;
        std::string huge(size, 'x');
        return static_cast<int>(huge[size / 2]);
    } catch (const std::bad_alloc &) {
        std::cout << "too large: refused\n";
    }
    return 0;
}
