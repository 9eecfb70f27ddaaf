// dam::statistics in std::format, as its stream operator writes them.
#ifndef DAM_FORMAT_HPP
#define DAM_FORMAT_HPP

#include "statistics.hpp"

#include <cstdint>
#if __has_include(<format>)
#include <format>
#endif
#ifndef __cpp_lib_format
#error "dam/format.hpp: this standard library has no std::format; the stream operator writes the same"
#endif

/// Takes no options: `{}`.
template <class Char>
struct std::formatter<dam::statistics, Char> {
    /// Nothing stands between the colon and the brace.
    template <class Context>
    constexpr auto parse(Context &context) {
        return context.begin();
    }

    /// Every figure in a line of its own: name, a space, and its value.
    template <class Context>
    auto format(const dam::statistics &now, Context &context) const {
        auto out = context.out();
        for (const dam::figure &each : dam::figures) {
            for (const char *letter = each.name; *letter; ++letter) {
                *out++ = static_cast<Char>(*letter);
            }
            *out++ = static_cast<Char>(' ');
            context.advance_to(out);
            out = std::formatter<std::uint64_t, Char>(number_).format(now.*each.value, context);
            *out++ = static_cast<Char>('\n');
        }
        return out;
    }

private:
    std::formatter<std::uint64_t, Char> number_;
};

#endif
