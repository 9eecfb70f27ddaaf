// dam::statistics in std::format, where the standard library has that.
#include "check.hpp"

#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_format
#include "dam/format.hpp"

#include <sstream>
#include <string>

static void run() {
    dam::statistics now;
    now.live_blocks = 123;
    std::ostringstream text;
    text << now;
    CHECK(std::format("{}", now) == text.str());
    CHECK(std::format(L"<{}>", now).find(L"<live_blocks 123\nlive_bytes 0\n") == 0);
}
#else
static void run() {}
#endif
