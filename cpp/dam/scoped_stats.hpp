// dam::scoped_stats: what happens in the heap during a scope.
#ifndef DAM_SCOPED_STATS_HPP
#define DAM_SCOPED_STATS_HPP

#include "statistics.hpp"

#include <cstdint>
#include <iosfwd>

namespace dam {
inline namespace v1 {

/// What the whole program, all its threads together, allocates from this object's birth on.
class scoped_stats {
public:
    /// What happened since then.
    struct difference {
        /// Blocks handed out.
        std::uint64_t allocations;
        /// Blocks given back, of whatever age.
        std::uint64_t frees;
        /// Bytes of the slots, blocks and mappings handed out.
        std::uint64_t allocated_bytes;
        /// How many more blocks live; negative: fewer.
        std::int64_t live_blocks;
        /// How many more bytes live blocks were asked for.
        std::int64_t requested_bytes;
        /// How many more bytes are in use: memory taken from the system less what went back.
        std::int64_t used_bytes;
        /// Requests refused.
        std::uint64_t failures;
        /// Heap misuse found.
        std::uint64_t violations;

        /// Writes them in one line.
        template <class Char, class Traits>
        friend std::basic_ostream<Char, Traits> &operator<<(
            std::basic_ostream<Char, Traits> &out, const difference &d) {
            return out << "allocations " << d.allocations << ", frees " << d.frees << ", allocated bytes "
                       << d.allocated_bytes << ", live blocks " << d.live_blocks << ", requested bytes "
                       << d.requested_bytes << ", used bytes " << d.used_bytes << ", failures " << d.failures
                       << ", violations " << d.violations;
        }
    };

    /// Takes the figures as they are now.
    [[nodiscard]] scoped_stats() noexcept = default;

    /// What happened so far.
    [[nodiscard]] difference so_far() const noexcept {
        const statistics now = stats();
        return {
            allocations(now) - allocations(start_),
            frees(now) - frees(start_),
            allocated_bytes(now) - allocated_bytes(start_),
            change(now.live_blocks, start_.live_blocks),
            change(now.requested_bytes, start_.requested_bytes),
            change(now.used_bytes, start_.used_bytes),
            failures(now) - failures(start_),
            now.violations - start_.violations,
        };
    }

    /// The figures at its birth.
    [[nodiscard]] const statistics &start() const noexcept { return start_; }

private:
    static std::uint64_t allocations(const statistics &s) {
        return s.small_allocations + s.middle_allocations + s.large_allocations + s.zero_allocations;
    }
    static std::uint64_t frees(const statistics &s) {
        return s.small_frees + s.middle_frees + s.large_frees + s.zero_frees;
    }
    static std::uint64_t allocated_bytes(const statistics &s) {
        return s.small_allocated_bytes + s.middle_allocated_bytes + s.large_allocated_bytes;
    }
    static std::uint64_t failures(const statistics &s) {
        return s.small_failures + s.middle_failures + s.large_failures;
    }
    static std::int64_t change(std::uint64_t now, std::uint64_t before) {
        return static_cast<std::int64_t>(now - before);
    }

    statistics start_ = stats();
};

} // namespace v1
} // namespace dam

#endif
