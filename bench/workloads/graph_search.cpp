// Route planning: shortest paths by Dijkstra's algorithm over a random road
// graph. The queue is a pairing heap of nodes of their own, best distances a
// std::unordered_map, the path a std::list; all made and dropped per query.
#include "work.h"
#include <list>
#include <unordered_map>
#include <vector>

struct Edge {
    uint32_t to, length;
};

using Graph = std::vector<std::vector<Edge>>;

struct HeapNode {
    HeapNode *child = nullptr, *sibling = nullptr;
    uint64_t distance;
    uint32_t place, from;
};

static HeapNode *join(HeapNode *a, HeapNode *b) {
    if (!a || !b) return a ? a : b;
    if (b->distance < a->distance) std::swap(a, b);
    b->sibling = a->child;
    a->child = b;
    return a;
}

static HeapNode *without_first(HeapNode *first) {
    std::vector<HeapNode *> pairs;
    for (HeapNode *a = first->child; a;) {
        HeapNode *b = a->sibling, *next = b ? b->sibling : nullptr;
        a->sibling = nullptr;
        if (b) b->sibling = nullptr;
        pairs.push_back(join(a, b));
        a = next;
    }
    HeapNode *heap = nullptr;
    while (!pairs.empty()) {
        heap = join(heap, pairs.back());
        pairs.pop_back();
    }
    return heap;
}

static void drop(HeapNode *heap) {
    while (heap) {
        HeapNode *next = without_first(heap);
        delete heap;
        heap = next;
    }
}

static Graph make_graph(uint32_t places, uint64_t *random) {
    Graph graph(places);
    for (uint32_t at = 0; at < places; at++) {
        for (size_t n = between(random, 2, 4); n--;) {
            // Most roads lead to places near by.
            uint32_t to = uint32_t((at + between(random, 1, 300)) % places), length = uint32_t(between(random, 1, 1000));
            graph[at].push_back({to, length});
            graph[to].push_back({at, length});
        }
    }
    return graph;
}

static uint64_t route(const Graph &graph, uint32_t start, uint32_t goal) {
    struct Best {
        uint64_t distance;
        uint32_t from;
    };
    std::unordered_map<uint32_t, Best> best;
    HeapNode *heap = new HeapNode{nullptr, nullptr, 0, start, start};
    while (heap) {
        HeapNode *first = heap;
        heap = without_first(first);
        HeapNode now = *first;
        delete first;
        if (!best.try_emplace(now.place, Best{now.distance, now.from}).second) continue;
        if (now.place == goal) break;
        for (const Edge &edge : graph[now.place])
            if (!best.count(edge.to))
                heap = join(heap, new HeapNode{nullptr, nullptr, now.distance + edge.length, edge.to, now.place});
    }
    drop(heap);
    std::list<uint32_t> path;
    for (uint32_t at = goal; at != start; at = best.at(at).from) path.push_front(at);
    uint64_t sum = best.at(goal).distance * 31 + path.size();
    for (uint32_t place : path) sum = sum * 3 + place;
    return sum;
}

int main() {
    uint64_t random = seed_of(103), sum = 0;
    const uint32_t places = 60000;
    Graph graph = make_graph(places, &random);
    for (int query = 0; query < 100; query++) {
        uint32_t start = uint32_t(between(&random, 0, places - 1));
        sum += route(graph, start, uint32_t((start + between(&random, 500, 4000)) % places));
    }
    print_checksum(sum);
}
