"""Deterministic numeric work whose results are printed; sizes range from a few bytes to tens of MB."""
import hashlib
import numpy as np

g = np.random.Generator(np.random.PCG64(7))


def show(name, array):
    data = np.ascontiguousarray(array)
    print(name, data.shape, data.dtype, hashlib.sha256(data.tobytes()).hexdigest()[:16])


for n in (1, 3, 10, 100, 400):
    a, b = g.integers(-50, 50, (n, n)), g.integers(-50, 50, (n, n))
    show("product", a @ b)
    show("solve", np.round(np.linalg.solve(a + 200 * np.eye(n), b[:, 0]), 6) + 0.0)
big = g.integers(0, 1 << 40, 2_000_000)
show("sort", np.sort(big))
show("unique", np.unique(big % 1000, return_counts=True)[1])
show("fft", np.round(np.abs(np.fft.fft(g.standard_normal(1 << 16))), 6))
show("masked", np.ma.masked_greater(big[:1000], 1 << 39).filled(-1))
records = np.zeros(5000, dtype=[("a", "i4"), ("b", "U12"), ("c", "f8", (3,))])
records["a"] = g.integers(0, 99, 5000)
records["b"] = np.char.add("n", records["a"].astype("U4"))
show("records", np.sort(records, order=["a", "b"]))
objects = np.array([str(i) * (i % 40) for i in range(50000)], dtype=object)
show("objects", np.array([len(o) for o in np.roll(objects, 17)]))
parts = [g.integers(0, 9, n) for n in range(3000)]
show("concatenate", np.concatenate(parts[::-1]))
big.resize(3_000_000, refcheck=False)
show("resize", big)
