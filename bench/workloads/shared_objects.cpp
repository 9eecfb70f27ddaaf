// A scene or document model shared by threads: objects held by std::shared_ptr,
// with names, children and observers by std::weak_ptr. One thread builds
// versions of the model, which share most of their parts; three others read
// them and let go, and whoever is last frees what no version needs any more.
#include "work.h"
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

struct Object {
    std::string name;
    uint64_t tag;
    std::vector<std::shared_ptr<const Object>> children;
    std::weak_ptr<const Object> origin;
};

using Shared = std::shared_ptr<const Object>;

static const size_t VERSIONS = 15000, GROUPS = 60, MEMBERS = 60, READERS = 3;

static std::mutex lock;
static std::condition_variable changed;
static std::deque<Shared> waiting;
static size_t published;

static Shared make_member(uint64_t *random) {
    auto object = std::make_shared<Object>();
    object->tag = next_random(random) >> 40;
    object->name = std::string(between(random, 4, 50), char('a' + object->tag % 26));
    return object;
}

// The group with a few of its members replaced.
static Shared change_group(const Shared &old, uint64_t *random) {
    auto group = std::make_shared<Object>(*old);
    group->origin = old;
    for (size_t n = between(random, 1, 30); n--;)
        group->children[between(random, 0, MEMBERS - 1)] = make_member(random);
    return group;
}

static Shared make_model(uint64_t *random) {
    auto model = std::make_shared<Object>();
    for (size_t i = 0; i < GROUPS; i++) {
        auto group = std::make_shared<Object>();
        for (size_t k = 0; k < MEMBERS; k++) group->children.push_back(make_member(random));
        model->children.push_back(group);
    }
    return model;
}

static Shared change_model(const Shared &old, uint64_t *random) {
    auto model = std::make_shared<Object>(*old);
    for (size_t n = between(random, 1, 12); n--;) {
        Shared &group = model->children[between(random, 0, GROUPS - 1)];
        group = change_group(group, random);
    }
    return model;
}

static void publish(Shared model) {
    std::unique_lock<std::mutex> held(lock);
    changed.wait(held, [] { return waiting.size() < 64; });
    waiting.push_back(std::move(model));
    published++;
    changed.notify_all();
}

static void read_models(uint64_t *sum) {
    for (;;) {
        Shared model;
        {
            std::unique_lock<std::mutex> held(lock);
            changed.wait(held, [] { return !waiting.empty() || published == VERSIONS; });
            if (waiting.empty()) return;
            model = std::move(waiting.front());
            waiting.pop_front();
            changed.notify_all();
        }
        for (const Shared &group : model->children)
            for (const Shared &member : group->children) *sum += member->tag + (unsigned char)member->name[0];
    }
}

int main() {
    uint64_t random = seed_of(106), sums[READERS] = {0}, sum = 0;
    std::vector<std::thread> readers;
    for (auto &one : sums) readers.emplace_back(read_models, &one);
    Shared model = make_model(&random);
    for (size_t version = 0; version < VERSIONS; version++) {
        model = change_model(model, &random);
        publish(model);
    }
    for (auto &reader : readers) reader.join();
    for (uint64_t one : sums) sum += one;
    print_checksum(sum);
}
