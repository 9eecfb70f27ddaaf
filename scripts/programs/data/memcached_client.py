"""Four connections write, append to, replace, delete and read back their own keys; every value is checked."""
import socket
import sys
import threading

port = int(sys.argv[1])
lines = []


class Client:
    def __init__(self):
        self.stream = socket.create_connection(("127.0.0.1", port)).makefile("rwb")

    def store(self, verb, key, value):
        self.stream.write(b"%s %s 0 0 %d\r\n%s\r\n" % (verb, key, len(value), value))
        self.stream.flush()
        return self.stream.readline()

    def command(self, line):
        self.stream.write(line + b"\r\n")
        self.stream.flush()
        return self.stream.readline()

    def get(self, key):
        header = self.command(b"get " + key)
        if header == b"END\r\n":
            return None
        value = self.stream.read(int(header.split()[3]))
        assert self.stream.readline() == b"\r\n" and self.stream.readline() == b"END\r\n"
        return value


def work(number):
    client, wrong, expected = Client(), 0, {}
    for i in range(6000):
        key = b"c%d:%d" % (number, i * 7919 % 1500)
        value = bytes([97 + i % 26]) * (1 + i * 37 % (20000 if i % 40 == 0 else 900))
        wrong += client.store(b"set", key, value) != b"STORED\r\n"
        expected[key] = value
        if i % 3 == 0:
            wrong += client.store(b"append", key, b"tail") != b"STORED\r\n"
            expected[key] += b"tail"
        if i % 5 == 0:
            wrong += client.command(b"delete " + key) != b"DELETED\r\n"
            expected[key] = None
        probe = b"c%d:%d" % (number, (i * 7919 // 2) % 1500)
        wrong += client.get(probe) != expected.get(probe)
    lines.append(f"client {number}: {len(expected)} keys, {wrong} wrong")


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
# More than the limit: the oldest go, the newest stay.
client = Client()
for i in range(500):
    assert client.store(b"set", b"big%d" % i, bytes([i % 256]) * 300000) == b"STORED\r\n"
newest = client.get(b"big499")
lines.append(f"eviction: oldest {client.get(b'big0')}, newest {newest == bytes([499 % 256]) * 300000}")
print("\n".join(sorted(lines)))
sys.exit(any(not line.endswith(" 0 wrong") for line in lines if "wrong" in line))
