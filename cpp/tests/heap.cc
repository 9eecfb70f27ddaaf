// dam::check_heap, dam::limit_guard, dam::on_event.
#include "check.hpp"

#include "dam.h"
#include "dam/containers.hpp"

#include <cstddef>
#include <cstring>

namespace {

static_assert(sizeof(dam::event) == sizeof(dam_event_t));
static_assert(offsetof(dam::event, kind) == offsetof(dam_event_t, kind));
static_assert(offsetof(dam::event, violation) == offsetof(dam_event_t, violation));
static_assert(offsetof(dam::event, limit_bytes) == offsetof(dam_event_t, limit_bytes));
static_assert(static_cast<unsigned>(dam::event_kind::violation) == DAM_EVENT_VIOLATION);
static_assert(static_cast<unsigned>(dam::event_kind::quarantine) == DAM_EVENT_QUARANTINE);
static_assert(static_cast<unsigned>(dam::event_kind::failure) == DAM_EVENT_FAILURE);
static_assert(static_cast<unsigned>(dam::event_kind::soft_limit) == DAM_EVENT_SOFT_LIMIT);
static_assert(static_cast<unsigned>(dam::event_kind::hard_limit) == DAM_EVENT_HARD_LIMIT);
static_assert(static_cast<unsigned>(dam::event_kind::pressure) == DAM_EVENT_PRESSURE);
static_assert(static_cast<unsigned>(dam::event_kind::fragmentation) == DAM_EVENT_FRAGMENTATION);
static_assert(static_cast<unsigned>(dam::event_kind::all) == 2 * DAM_EVENT_FRAGMENTATION - 1, "and nothing beyond");

static_assert(sizeof(dam::leaks) == sizeof(dam_leaks_t));
static_assert(offsetof(dam::leaks, size) == offsetof(dam_leaks_t, size));
static_assert(offsetof(dam::leaks, blocks) == offsetof(dam_leaks_t, blocks));
static_assert(offsetof(dam::leaks, bytes) == offsetof(dam_leaks_t, bytes));
static_assert(offsetof(dam::leaks, blocks_behind) == offsetof(dam_leaks_t, blocks_behind));
static_assert(offsetof(dam::leaks, bytes_behind) == offsetof(dam_leaks_t, bytes_behind));
static_assert(offsetof(dam::leaks, other_threads) == offsetof(dam_leaks_t, other_threads));

void checked() {
    CHECK(dam::check_heap() == 0);
}

// That what is lost is found, `misuse lost` shows. In the second run of the test there is one: a listener that was
// replaced, which is kept and that nobody points to.
void searched() {
    static bool is_second = false;
    if (is_second) {
        return;
    }
    is_second = true;
    const dam::vector<dam::string> kept(100, dam::string(1000, 'x'));
    const dam::leaks found = dam::find_leaks();
    CHECK(found.size == (dam::available() ? sizeof found : 0) && found.blocks + found.blocks_behind == 0);
}

void limited() {
    constexpr std::uint64_t mib = 1 << 20;
    const std::uint64_t before = dam::stats().soft_limit;
    {
        const dam::limit_guard outer(4096 * mib);
        CHECK(dam::stats().soft_limit == (dam::available() ? 4096 * mib : 0));
        {
            const dam::limit_guard inner(2048 * mib);
            CHECK(dam::stats().soft_limit == (dam::available() ? 2048 * mib : 0));
        }
        CHECK(dam::stats().soft_limit == (dam::available() ? 4096 * mib : 0));
    }
    CHECK(dam::stats().soft_limit == before);
}

// A listener is kept for ever; the second run of the test must not add one.
void told() {
    static int heard = 0;
    static std::uint64_t limit = 0;
    static bool is_named = false;
    if (!is_named) {
        is_named = true;
        const dam::string capture = "something that has to be kept, and is too long for the string itself";
        dam::on_event(dam::event_kind::soft_limit | dam::event_kind::hard_limit, [capture](const dam::event &what) {
            CHECK(capture.size() == 68);
            CHECK(what.kind == dam::event_kind::soft_limit && what.size == sizeof what);
            CHECK(std::strcmp(what.violation, "") == 0);
            ++heard;
            limit = what.limit_bytes;
            (void)dam::make_unique<int>(3);
        });
        const dam::limit_guard guard(1 << 20);
        auto large = dam::make_unique_for_overwrite<char[]>(16 << 20);
        std::memset(large.get(), 1, 16 << 20);
        CHECK(!dam::available() || (heard > 0 && limit == 1 << 20));
    }
    // Nobody listens any more.
    dam::on_event(nullptr);
    const int before = heard;
    const dam::limit_guard guard(1 << 20);
    auto large = dam::make_unique_for_overwrite<char[]>(16 << 20);
    std::memset(large.get(), 1, 16 << 20);
    CHECK(heard == before);
}

} // namespace

// A program's own function of that name, found by the argument's namespace, is not taken for DAM's.
namespace elsewhere {
struct function {
    void operator()(const dam::event &) const {}
};
template <class Function>
void on_event(dam::event_kind, Function) {}
// Compiled, and never called: what listens is kept for ever.
[[maybe_unused]] static void listen() {
    dam::on_event(function());
}
} // namespace elsewhere

static void run() {
    checked();
    searched();
    limited();
    told();
}
