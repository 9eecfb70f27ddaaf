// std::pmr on DAM: a memory resource, and one that counts.
#ifndef DAM_MEMORY_RESOURCE_HPP
#define DAM_MEMORY_RESOURCE_HPP

#include "block.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory_resource>

namespace dam {
inline namespace v1 {

/// A memory resource over DAM. Final, as one that is derived from it would be taken for it.
class memory_resource final : public std::pmr::memory_resource {
protected:
    /// A block of that many bytes, aligned as is said.
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        bytes = at_least_one(bytes);
        const bool comes_aligned = alignment <= detail::default_alignment && alignment <= bytes;
        return comes_aligned ? detail::allocate(bytes) : detail::allocate_aligned(alignment, bytes);
    }

    /// Gives it back; DAM compares the bytes.
    void do_deallocate(void *block, std::size_t bytes, std::size_t alignment) override {
        detail::release_aligned(block, alignment, at_least_one(bytes));
    }

    /// Whether `other` is this one. What else it is could only be asked of one compiled with run-time type information.
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override {
        return this == &other;
    }

private:
    // A block of no bytes may be null (the option `zero_size`), and a resource returns none.
    static std::size_t at_least_one(std::size_t bytes) noexcept { return bytes != 0 ? bytes : 1; }
};

/// Counts what passes through it to another resource. Threads may use it at the same time, if that one allows it.
class tracking_resource : public std::pmr::memory_resource {
public:
    /// Over `upstream`, which must outlive it.
    explicit tracking_resource(std::pmr::memory_resource *upstream = std::pmr::get_default_resource()) noexcept
        : upstream_(upstream) {}
    tracking_resource(const tracking_resource &) = delete;
    tracking_resource &operator=(const tracking_resource &) = delete;

    /// Bytes that were asked for and are not given back.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
    /// The most that `bytes` has been.
    [[nodiscard]] std::size_t peak_bytes() const noexcept { return peak_.load(std::memory_order_relaxed); }
    /// Blocks that are not given back.
    [[nodiscard]] std::size_t blocks() const noexcept { return blocks_.load(std::memory_order_relaxed); }
    /// Blocks handed out since its beginning.
    [[nodiscard]] std::uint64_t allocations() const noexcept { return allocations_.load(std::memory_order_relaxed); }
    /// Where its memory comes from.
    [[nodiscard]] std::pmr::memory_resource *upstream() const noexcept { return upstream_; }

protected:
    /// Counts a block when there is one.
    void *do_allocate(std::size_t bytes, std::size_t alignment) override {
        void *block = upstream_->allocate(bytes, alignment);
        const std::size_t now = bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
        std::size_t peak = peak_bytes();
        while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
        }
        blocks_.fetch_add(1, std::memory_order_relaxed);
        allocations_.fetch_add(1, std::memory_order_relaxed);
        return block;
    }

    /// Counts it no more.
    void do_deallocate(void *block, std::size_t bytes, std::size_t alignment) override {
        upstream_->deallocate(block, bytes, alignment);
        bytes_.fetch_sub(bytes, std::memory_order_relaxed);
        blocks_.fetch_sub(1, std::memory_order_relaxed);
    }

    /// A block that was counted here must come back here.
    [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override {
        return this == &other;
    }

private:
    std::pmr::memory_resource *upstream_;
    std::atomic<std::size_t> bytes_{0};
    std::atomic<std::size_t> peak_{0};
    std::atomic<std::size_t> blocks_{0};
    std::atomic<std::uint64_t> allocations_{0};
};

} // namespace v1
} // namespace dam

#endif
