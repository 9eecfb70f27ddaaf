// Numerical C++ in plain style: vectors of 1..200 KiB with operators that
// return new vectors, so that each expression makes and drops several
// temporaries, while some results stay.
#include "work.h"
#include <memory>
#include <utility>
#include <vector>

class Vector {
    size_t count;
    std::unique_ptr<double[]> cells;

  public:
    explicit Vector(size_t n) : count(n), cells(new double[n]) {}
    Vector(const Vector &other) : Vector(other.count) {
        for (size_t i = 0; i < count; i++) cells[i] = other.cells[i];
    }
    Vector(Vector &&other) = default;
    Vector &operator=(Vector &&other) = default;
    size_t size() const { return count; }
    double &operator[](size_t i) { return cells[i]; }
    double operator[](size_t i) const { return cells[i]; }
};

template <class F> static Vector combine(const Vector &a, const Vector &b, F function) {
    Vector result(a.size());
    for (size_t i = 0; i < a.size(); i++) result[i] = function(a[i], b[i]);
    return result;
}

static Vector operator+(const Vector &a, const Vector &b) {
    return combine(a, b, [](double x, double y) { return x + y; });
}
static Vector operator-(const Vector &a, const Vector &b) {
    return combine(a, b, [](double x, double y) { return x - y; });
}
static Vector operator*(const Vector &a, const Vector &b) {
    return combine(a, b, [](double x, double y) { return x * y; });
}
static Vector operator*(double factor, const Vector &a) {
    Vector result(a.size());
    for (size_t i = 0; i < a.size(); i++) result[i] = factor * a[i];
    return result;
}

static Vector measurement(size_t size, uint64_t *random) {
    Vector vector(size);
    double start = double(between(random, 1, 100));
    for (size_t i = 0; i < size; i++) vector[i] = start + double(i & 15);
    return vector;
}

int main() {
    uint64_t random = seed_of(104), sum = 0;
    std::vector<Vector> kept;
    for (int i = 0; i < 250; i++) kept.push_back(measurement(128, &random));
    for (int step = 0; step < 16000; step++) {
        size_t size = octave_size(&random, 128, 8);
        size = size > 25600 ? 25600 : size;
        Vector a = measurement(size, &random), b = measurement(size, &random), c = 0.5 * a;
        Vector result = 0.25 * (a + b) * c - (a - b) * (a - c) + 2.0 * b;
        sum += uint64_t(int64_t(result[size / 2])) + uint64_t(int64_t(result[size - 1]));
        kept[between(&random, 0, kept.size() - 1)] = std::move(result);
    }
    for (auto &vector : kept) sum += uint64_t(int64_t(vector[vector.size() / 3]));
    print_checksum(sum);
}
