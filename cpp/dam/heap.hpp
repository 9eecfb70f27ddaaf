// The heap as a whole: checked, limited, and telling the program what happens in it.
#ifndef DAM_HEAP_HPP
#define DAM_HEAP_HPP

#include "block.hpp"
#include "statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

extern "C" {
struct dam_event_t;
struct dam_leaks_t;
int dam_find_leaks(struct dam_leaks_t *out, std::size_t size) __attribute__((weak, visibility("default")));
std::size_t dam_check_heap(void) __attribute__((weak, visibility("default")));
int dam_set_limit(std::uint32_t which, std::uint64_t bytes) __attribute__((weak, visibility("default")));
void dam_on_event(std::uint32_t mask, void (*callback)(const struct dam_event_t *event, void *context), void *context)
    __attribute__((weak, visibility("default")));
}

namespace dam {
inline namespace v1 {

/// Examines every block, record and header; DAM reports each fault on standard error.
/// \return how many there are; 0 without DAM; SIZE_MAX when nothing could be examined, in a signal handler that has
/// interrupted the allocator in its own thread
inline std::size_t check_heap() noexcept {
    return dam_check_heap ? dam_check_heap() : 0;
}

/// Blocks whose address the program has nowhere any more. The members are those of `dam_leaks_t` in dam.h.
struct leaks {
    /// Bytes of this structure that the library knows; 0 where nothing could be searched.
    std::uint64_t size = 0;
    /// Blocks to which nothing points.
    std::uint64_t blocks = 0;
    /// Bytes they were asked for.
    std::uint64_t bytes = 0;
    /// Blocks to which these alone point, and those behind them.
    std::uint64_t blocks_behind = 0;
    /// Bytes those were asked for.
    std::uint64_t bytes_behind = 0;
    /// Other threads that ran meanwhile: what is lost may be held in a register of theirs.
    std::uint64_t other_threads = 0;
};

/// Looks for leaks, and reports them on standard error as `memory-leak`. What still lies on the stack, if only by
/// chance, is not lost.
/// \return what was found: nothing without DAM
inline leaks find_leaks() noexcept {
    leaks found;
    if (dam_find_leaks && dam_find_leaks(reinterpret_cast<dam_leaks_t *>(&found), sizeof found) != 0) {
        return leaks();
    }
    return found;
}

/// A soft limit of the bytes in use, for the time of a scope: where it is reached, memory goes back to the system and
/// `event_kind::soft_limit` is told. It is the whole process's, so guards must end in the reverse order of their
/// making, as nested scopes do.
class limit_guard {
public:
    /// Sets the limit; 0: none.
    [[nodiscard]] explicit limit_guard(std::uint64_t bytes) noexcept : before_(stats().soft_limit) { set(bytes); }
    limit_guard(const limit_guard &) = delete;
    limit_guard &operator=(const limit_guard &) = delete;
    /// Sets the limit there was before.
    ~limit_guard() { set(before_); }

private:
    static void set(std::uint64_t bytes) noexcept {
        constexpr std::uint32_t soft = 0;
        if (dam_set_limit) {
            dam_set_limit(soft, bytes);
        }
    }

    std::uint64_t before_;
};

/// What happened. Kinds can be joined by `|`.
enum class event_kind : std::uint32_t {
    /// Heap misuse was found.
    violation = 1,
    /// A pool went into quarantine.
    quarantine = 2,
    /// A request was refused for want of memory. It is made once more when the listener has returned.
    failure = 4,
    /// The soft limit was reached.
    soft_limit = 8,
    /// A request was refused for the hard limit. It is made once more when the listener has returned.
    hard_limit = 16,
    /// The control group, or the system, is short of memory.
    pressure = 32,
    /// Much of the memory in use holds no live block.
    fragmentation = 64,
    /// Each of these.
    all = 127
};

/// Either kind.
constexpr event_kind operator|(event_kind one, event_kind other) noexcept {
    return static_cast<event_kind>(static_cast<std::uint32_t>(one) | static_cast<std::uint32_t>(other));
}

/// One thing that happened. The members are those of `dam_event_t` in dam.h.
struct event {
    /// Bytes of this structure that the library knows.
    std::uint64_t size;
    /// What kind of event it is.
    event_kind kind;
    /// Events that were lost before this one because there were too many at once.
    std::uint32_t lost;
    /// The violation's name, `double-free` and so on, a constant; empty for other events.
    const char *violation;
    /// The pointer the program passed, or the block concerned; a quarantined pool's first byte; else null.
    void *address;
    /// The bytes the block was asked for, or those of a refused request; 0 where that is not known.
    std::uint64_t block_size;
    /// Bytes in use: for limits, pressure and fragmentation.
    std::uint64_t used_bytes;
    /// What they are measured by: the limit, or the bytes the control group may use, or live bytes; 0: none.
    std::uint64_t limit_bytes;
};

namespace detail {

/// What DAM is told to pass on: the function object of the program, behind a function that knows its type.
struct listener {
    void (*call)(listener *self, const event &what);
};

template <class Function>
struct listener_of : listener {
    Function function;

    explicit listener_of(Function f) : listener{&run}, function(std::move(f)) {}

    static void run(listener *self, const event &what) { static_cast<listener_of *>(self)->function(what); }
};

/// The one function DAM calls. A thread that is just about to call it while the listener is changed may bring any
/// listener, or none: they all look alike from here.
inline void tell(const dam_event_t *what, void *context) noexcept {
    if (context) {
        listener *self = static_cast<listener *>(context);
        self->call(self, *reinterpret_cast<const event *>(what));
    }
}

} // namespace detail

/// From now on `function(const dam::event &)` is called for each event of these kinds, instead of what was named
/// before. There is one for the whole process.
///
/// It is called in a thread that has just left the allocator; it may allocate and free, and must not throw.
/// `function` is kept until the process ends, since another thread may be about to call it even when a new one has
/// been named: what it refers to must live as long. One that was replaced is a leak to `find_leaks`.
/// \throws std::bad_alloc when there is no memory to keep it
template <class Function>
void on_event(event_kind kinds, Function function) {
    static_assert(std::is_invocable_v<Function &, const event &>,
        "dam::on_event: the function must take a const dam::event &");
    if (dam_on_event) {
        using listener = detail::listener_of<Function>;
        detail::room<listener> here(sizeof(listener));
        detail::listener *kept = here.keep(::new (here.block) listener(std::move(function)));
        dam_on_event(static_cast<std::uint32_t>(kinds), &detail::tell, kept);
    }
}

/// The same for every kind of event.
template <class Function>
void on_event(Function function) {
    v1::on_event(event_kind::all, std::move(function));
}

/// Nobody is told any more.
inline void on_event(std::nullptr_t) noexcept {
    if (dam_on_event) {
        dam_on_event(0, nullptr, nullptr);
    }
}

} // namespace v1
} // namespace dam

#endif
