// Signal processing with SIMD: std::vector on an allocator that aligns to 64
// bytes (C++17's aligned operator new), 2..2,000 lanes of sixteen floats,
// built, filtered, copied and dropped.
#include "work.h"
#include <new>
#include <utility>
#include <vector>

template <class T> struct Aligned {
    using value_type = T;
    Aligned() = default;
    template <class U> Aligned(const Aligned<U> &) {}
    T *allocate(size_t n) { return static_cast<T *>(::operator new(n * sizeof(T), std::align_val_t(64))); }
    void deallocate(T *at, size_t n) { ::operator delete(at, n * sizeof(T), std::align_val_t(64)); }
    bool operator==(const Aligned &) const { return true; }
    bool operator!=(const Aligned &) const { return false; }
};

using Signal = std::vector<float, Aligned<float>>;

// A signal whose length nobody knows beforehand grows as it comes in.
static Signal receive(uint64_t *random) {
    Signal signal;
    size_t blocks = octave_size(random, 1, 7);
    for (size_t i = 0; i < blocks; i++) signal.insert(signal.end(), 16, float(i % 13));
    return signal;
}

static Signal filter(const Signal &in) {
    Signal out(in.size());
    for (size_t i = 0; i < in.size(); i++) out[i] = in[i] * 2.0f + 1.0f;
    return out;
}

int main() {
    uint64_t random = seed_of(29), sum = 0;
    std::vector<Signal> kept(2500);
    for (int step = 0; step < 550000; step++) {
        Signal signal = filter(filter(receive(&random)));
        sum += uint64_t(signal[signal.size() / 2]) + uint64_t(signal.back());
        if (reinterpret_cast<uintptr_t>(signal.data()) % 64) abort();
        kept[between(&random, 0, kept.size() - 1)] = std::move(signal);
    }
    for (auto &signal : kept)
        for (size_t i = 0; i < signal.size(); i += 16) sum += uint64_t(signal[i]);
    print_checksum(sum);
}
