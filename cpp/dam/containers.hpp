// The standard containers with dam::allocator, under their own names.
#ifndef DAM_CONTAINERS_HPP
#define DAM_CONTAINERS_HPP

#include "allocator.hpp"

#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace dam {
inline namespace v1 {

/// `std::vector` on DAM.
template <class T>
using vector = std::vector<T, allocator<T>>;
/// `std::deque` on DAM.
template <class T>
using deque = std::deque<T, allocator<T>>;
/// `std::list` on DAM.
template <class T>
using list = std::list<T, allocator<T>>;
/// `std::forward_list` on DAM.
template <class T>
using forward_list = std::forward_list<T, allocator<T>>;

/// `std::map` on DAM.
template <class Key, class T, class Compare = std::less<Key>>
using map = std::map<Key, T, Compare, allocator<std::pair<const Key, T>>>;
/// `std::multimap` on DAM.
template <class Key, class T, class Compare = std::less<Key>>
using multimap = std::multimap<Key, T, Compare, allocator<std::pair<const Key, T>>>;
/// `std::set` on DAM.
template <class Key, class Compare = std::less<Key>>
using set = std::set<Key, Compare, allocator<Key>>;
/// `std::multiset` on DAM.
template <class Key, class Compare = std::less<Key>>
using multiset = std::multiset<Key, Compare, allocator<Key>>;

/// `std::unordered_map` on DAM.
template <class Key, class T, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
using unordered_map = std::unordered_map<Key, T, Hash, Equal, allocator<std::pair<const Key, T>>>;
/// `std::unordered_multimap` on DAM.
template <class Key, class T, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
using unordered_multimap = std::unordered_multimap<Key, T, Hash, Equal, allocator<std::pair<const Key, T>>>;
/// `std::unordered_set` on DAM.
template <class Key, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
using unordered_set = std::unordered_set<Key, Hash, Equal, allocator<Key>>;
/// `std::unordered_multiset` on DAM.
template <class Key, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
using unordered_multiset = std::unordered_multiset<Key, Hash, Equal, allocator<Key>>;

/// `std::stack` on DAM.
template <class T>
using stack = std::stack<T, deque<T>>;
/// `std::queue` on DAM.
template <class T>
using queue = std::queue<T, deque<T>>;
/// `std::priority_queue` on DAM.
template <class T, class Compare = std::less<T>>
using priority_queue = std::priority_queue<T, vector<T>, Compare>;

/// `std::basic_string` on DAM.
template <class Char, class Traits = std::char_traits<Char>>
using basic_string = std::basic_string<Char, Traits, allocator<Char>>;
/// `std::string` on DAM.
using string = basic_string<char>;
/// `std::wstring` on DAM.
using wstring = basic_string<wchar_t>;
/// `std::u16string` on DAM.
using u16string = basic_string<char16_t>;
/// `std::u32string` on DAM.
using u32string = basic_string<char32_t>;
#ifdef __cpp_char8_t
/// `std::u8string` on DAM.
using u8string = basic_string<char8_t>;
#endif

namespace detail {

/// Hashes a string as its view: equal contents have equal hashes, whoever holds them.
template <class Char>
struct string_hash {
    std::size_t operator()(const basic_string<Char> &text) const noexcept {
        return std::hash<std::basic_string_view<Char>>()(text);
    }
};

} // namespace detail
} // namespace v1
} // namespace dam

// Not every standard library hashes strings of other allocators. These are complete specializations, so they do not
// compete with one that does.
template <>
struct std::hash<dam::string> : dam::detail::string_hash<char> {};
template <>
struct std::hash<dam::wstring> : dam::detail::string_hash<wchar_t> {};
template <>
struct std::hash<dam::u16string> : dam::detail::string_hash<char16_t> {};
template <>
struct std::hash<dam::u32string> : dam::detail::string_hash<char32_t> {};
#ifdef __cpp_char8_t
template <>
struct std::hash<dam::u8string> : dam::detail::string_hash<char8_t> {};
#endif

#endif
