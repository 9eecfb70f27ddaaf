"""Compression, pickles, arrays and byte buffers: blocks of a kilobyte to megabytes, and threads."""
import array
import hashlib
import pickle
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

scale = int(sys.argv[1])


def packet(i):
    body = bytes((i * k) & 255 for k in range(200)) * (1 + i % 90)
    packed = zlib.compress(body, 1)
    return zlib.crc32(zlib.decompress(packed)), len(packed)


def buffers(n):
    live, total = [None] * 64, 0
    for i in range(n):
        buffer = bytearray()
        for k in range(40):
            buffer += b"x" * (i * k % 5000)
        view = bytes(buffer).split(b"x" * 4099)
        live[i % 64] = view
        total += len(buffer) + len(view)
    return total


def pickles(n):
    data = [{"id": i, "values": array.array("d", range(i % 200)), "name": str(i) * (i % 30)} for i in range(n)]
    packed = pickle.dumps(data, protocol=5)
    back = pickle.loads(packed)
    return len(packed), sum(len(d["values"]) for d in back), hashlib.sha256(packed).hexdigest()[:16]


with ThreadPoolExecutor(2) as pool:
    print("packets", hash(tuple(pool.map(packet, range(2500 * scale)))))
print("buffers", buffers(700 * scale))
print("pickles", pickles(8000 * scale))
