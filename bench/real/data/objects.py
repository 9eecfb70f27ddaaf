"""Classes, trees, dictionaries, closures, generators and big integers: objects of 16 to 500 bytes."""
import heapq
import sys
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass
class Order:
    number: int
    customer: str
    lines: list = field(default_factory=list)

    def total(self):
        return sum(q * p for q, p in self.lines)


def tree(depth):
    return (None, None) if depth == 0 else (tree(depth - 1), tree(depth - 1))


def count(node):
    return 1 if node[0] is None else 1 + count(node[0]) + count(node[1])


def orders(n):
    live, totals, queue = {}, defaultdict(int), deque()
    for i in range(n):
        order = Order(i, f"customer {i * 7919 % 1009}", [(j, i % 97 + j) for j in range(i % 6)])
        live[i] = order
        queue.append(i)
        if len(queue) > 20000:
            done = live.pop(queue.popleft() if i % 3 else queue.pop())
            totals[done.customer] += done.total()
    return sum(totals.values()), len(live)


def routes(n):
    edges = {i: [(i * k + k * k) % n for k in range(2, 7)] for i in range(n)}
    cost, heap = {0: 0}, [(0, 0)]
    while heap:
        c, node = heapq.heappop(heap)
        if c > cost[node]:
            continue
        for to in edges[node]:
            new = c + (node * 31 + to) % 1000 + 1
            if new < cost.get(to, 1 << 60):
                cost[to] = new
                heapq.heappush(heap, (new, to))
    return len(cost), sum(cost.values())


def numbers(n):
    a, b = 1, 1
    for _ in range(n):
        a, b = b, a + b
    return hash(a), len(str(a % 10**3000))


scale = int(sys.argv[1])
print("trees", [count(tree(d)) for d in (12, 14, 16)])
print("orders", orders(60000 * scale))
print("routes", routes(12000 * scale))
print("numbers", numbers(6000 * scale))
