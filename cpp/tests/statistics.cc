// dam::stats and dam::scoped_stats, and that they are what dam.h has.
#include "check.hpp"

#include "dam.h"

#include <cstddef>
#include <iterator>
#include <sstream>
#include <string>

namespace {

static_assert(sizeof(dam::statistics) == sizeof(dam_stats_t));
static_assert(offsetof(dam::statistics, live_blocks) == offsetof(dam_stats_t, live_blocks));
static_assert(offsetof(dam::statistics, soft_limit) == offsetof(dam_stats_t, soft_limit));
static_assert(offsetof(dam::statistics, unusable_4m_bytes) == offsetof(dam_stats_t, unusable_4m_bytes));
static_assert(std::size(dam::figures) == sizeof(dam_stats_t) / sizeof(std::uint64_t) - 2, "all but size and version");

void figures_are_the_librarys() {
    const auto mine = dam::make_unique<char[]>(1000);
    const dam::statistics now = dam::stats();
    if (!dam::available()) {
        CHECK(now.size == 0 && now.live_blocks == 0);
        return;
    }
    dam_stats_t same{};
    CHECK(dam_get_stats(&same, sizeof same) == 0);
    CHECK(now.size == sizeof now && now.version == 1);
    CHECK(now.live_blocks == same.live_blocks && now.requested_bytes == same.requested_bytes);
    CHECK(now.soft_limit == same.soft_limit && now.page_faults != 0 && now.live_blocks != 0);
}

void printed() {
    std::ostringstream text;
    dam::statistics now;
    now.live_blocks = 123;
    now.unusable_4m_bytes = 4567;
    text << now;
    CHECK(text.str().find("live_blocks 123\nlive_bytes 0\n") == 0);
    CHECK(text.str().find("\nunusable_4m_bytes 4567\n") != std::string::npos);
    std::wostringstream wide;
    wide << now;
    CHECK(wide.str().find(L"live_blocks 123\nlive_bytes 0\n") == 0);
}

void of_a_scope() {
    const dam::scoped_stats scope;
    auto one = dam::make_unique<char[]>(1000);
    auto other = dam::make_unique<char[]>(100000);
    other.reset();
    const dam::scoped_stats::difference so_far = scope.so_far();
    one.reset();
    const dam::scoped_stats::difference at_end = scope.so_far();
    std::ostringstream text;
    text << so_far;
    if (!dam::available()) {
        CHECK(so_far.allocations == 0 && so_far.live_blocks == 0);
        return;
    }
    CHECK(so_far.allocations == 2 && so_far.frees == 1 && so_far.live_blocks == 1);
    CHECK(so_far.requested_bytes == 1000 && so_far.allocated_bytes >= 101000);
    CHECK(text.str().find("allocations 2, frees 1, allocated bytes 1") == 0);
    CHECK(at_end.live_blocks == 0 && at_end.requested_bytes == 0);
}

} // namespace

static void run() {
    figures_are_the_librarys();
    printed();
    of_a_scope();
}
