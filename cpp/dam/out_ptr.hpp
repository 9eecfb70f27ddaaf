// dam::out_ptr and dam::inout_ptr: smart pointers as arguments of C functions that return a block through a pointer.
// They are the standard's where it has them.
#ifndef DAM_OUT_PTR_HPP
#define DAM_OUT_PTR_HPP

#include <cstddef>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#if __has_include(<version>)
#include <version>
#endif

namespace dam {
inline namespace v1 {

#ifdef __cpp_lib_out_ptr

using std::inout_ptr;
using std::inout_ptr_t;
using std::out_ptr;
using std::out_ptr_t;

#else

namespace detail {

/// The type of the raw pointer that a smart pointer (or a raw one) holds.
template <class Smart, class = void>
struct raw_pointer {
    using type = typename std::pointer_traits<Smart>::element_type *;
};
template <class Smart>
struct raw_pointer<Smart, std::void_t<typename Smart::pointer>> {
    using type = typename Smart::pointer;
};

template <class Smart>
inline constexpr bool is_shared = false;
template <class T>
inline constexpr bool is_shared<std::shared_ptr<T>> = true;

template <class Void, class Smart, class... Arguments>
inline constexpr bool has_reset = false;
template <class Smart, class... Arguments>
inline constexpr bool
    has_reset<std::void_t<decltype(std::declval<Smart &>().reset(std::declval<Arguments>()...))>, Smart, Arguments...> =
        true;

/// Has `smart` own `raw`, with the other arguments of its `reset`, or of its constructor.
template <class Smart, class Raw, class... Arguments>
void own(Smart &smart, Raw raw, Arguments &&...arguments) {
    using pointer = typename raw_pointer<Smart>::type;
    if constexpr (std::is_pointer_v<Smart>) {
        smart = static_cast<pointer>(raw);
    } else if constexpr (has_reset<void, Smart, pointer, Arguments...>) {
        smart.reset(static_cast<pointer>(raw), std::forward<Arguments>(arguments)...);
    } else {
        smart = Smart(static_cast<pointer>(raw), std::forward<Arguments>(arguments)...);
    }
}

/// What both pass to the C function: a pointer it may write, which the smart pointer owns when the call is over.
template <class Smart, class Pointer, class... Arguments>
class written_pointer {
public:
    written_pointer(const written_pointer &) = delete;
    written_pointer &operator=(const written_pointer &) = delete;

    /// For the C function.
    operator Pointer *() const noexcept { return std::addressof(raw_); }

    /// For one that takes any pointer's address.
    template <class P = Pointer, class = std::enable_if_t<!std::is_same_v<P, void *>>>
    operator void **() const noexcept {
        return reinterpret_cast<void **>(std::addressof(raw_));
    }

protected:
    written_pointer(Smart &smart, Pointer raw, Arguments... arguments)
        : smart_(smart), arguments_(std::forward<Arguments>(arguments)...), raw_(raw) {}

    ~written_pointer() {
        if (raw_) {
            std::apply(
                [this](auto &&...arguments) {
                    own(smart_, raw_, std::forward<decltype(arguments)>(arguments)...);
                },
                std::move(arguments_));
        }
    }

private:
    Smart &smart_;
    std::tuple<Arguments...> arguments_;
    // Written through a conversion that must be const, as the object is a temporary.
    mutable Pointer raw_;
};

} // namespace detail

/// Passes for a `Pointer *`; what was written there is the smart pointer's when the call is over.
template <class Smart, class Pointer, class... Arguments>
class out_ptr_t : public detail::written_pointer<Smart, Pointer, Arguments...> {
    static_assert(!detail::is_shared<Smart> || sizeof...(Arguments) != 0,
        "dam::out_ptr: a shared_ptr forgets its deleter when it is reset: pass the deleter, too");

public:
    /// Empties `smart`. Of what is written, and `arguments`, it is filled again.
    explicit out_ptr_t(Smart &smart, Arguments... arguments)
        : detail::written_pointer<Smart, Pointer, Arguments...>(
              smart, Pointer(), std::forward<Arguments>(arguments)...) {
        if constexpr (std::is_pointer_v<Smart>) {
            smart = nullptr;
        } else {
            smart.reset();
        }
    }
};

/// Passes for a `Pointer *` to what the smart pointer owns; the C function may free it and put something else there.
template <class Smart, class Pointer, class... Arguments>
class inout_ptr_t : public detail::written_pointer<Smart, Pointer, Arguments...> {
    static_assert(!detail::is_shared<Smart>, "dam::inout_ptr: a shared_ptr cannot give up what it owns");

public:
    /// Takes from `smart` what it owns; of what is left there, and `arguments`, it is filled again.
    explicit inout_ptr_t(Smart &smart, Arguments... arguments)
        : detail::written_pointer<Smart, Pointer, Arguments...>(
              smart, taken(smart), std::forward<Arguments>(arguments)...) {}

private:
    static Pointer taken(Smart &smart) {
        if constexpr (std::is_pointer_v<Smart>) {
            return static_cast<Pointer>(std::exchange(smart, nullptr));
        } else {
            return static_cast<Pointer>(smart.release());
        }
    }
};

/// What a C function writes to `out_ptr(smart)` is `smart`'s afterwards; what it had is deleted before.
/// `arguments`: those of `smart.reset` behind the pointer.
template <class Pointer = void, class Smart, class... Arguments>
[[nodiscard]] auto out_ptr(Smart &smart, Arguments &&...arguments) {
    using pointer = std::conditional_t<std::is_void_v<Pointer>, typename detail::raw_pointer<Smart>::type, Pointer>;
    return out_ptr_t<Smart, pointer, Arguments &&...>(smart, std::forward<Arguments>(arguments)...);
}

/// The same for a C function that may free, or keep, what `smart` has owned so far.
template <class Pointer = void, class Smart, class... Arguments>
[[nodiscard]] auto inout_ptr(Smart &smart, Arguments &&...arguments) {
    using pointer = std::conditional_t<std::is_void_v<Pointer>, typename detail::raw_pointer<Smart>::type, Pointer>;
    return inout_ptr_t<Smart, pointer, Arguments &&...>(smart, std::forward<Arguments>(arguments)...);
}

#endif

} // namespace v1
} // namespace dam

#endif
