// Message passing between actors, as in Akka or Erlang: 400 actors with
// mailboxes, run by three threads; a message is an object of its own with a
// payload, is read by its receiver, which keeps some of it as state, frees it
// and sends another on.
#include "work.h"
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

static const size_t ACTORS = 400, THREADS = 3, TOKENS = 1200, HOPS = 3000;

struct Message {
    virtual ~Message() = default;
    virtual size_t weight() const = 0;
    uint64_t random;
    uint32_t hops;
};

struct TextMessage : Message {
    std::string text;
    size_t weight() const override { return text.size(); }
};

struct NumbersMessage : Message {
    std::vector<uint32_t> numbers;
    size_t weight() const override { return numbers.size() * 4; }
};

struct Actor {
    std::mutex lock;
    std::deque<std::unique_ptr<Message>> mailbox;
    std::vector<std::unique_ptr<Message>> remembered;
    bool is_scheduled = false;
};

static std::vector<Actor> actors(ACTORS);
static std::mutex ready_lock;
static std::deque<Actor *> ready;
static std::atomic<size_t> tokens_left(TOKENS);

static void send(Actor &to, std::unique_ptr<Message> message) {
    bool is_idle;
    {
        std::lock_guard<std::mutex> held(to.lock);
        to.mailbox.push_back(std::move(message));
        is_idle = !to.is_scheduled;
        to.is_scheduled = true;
    }
    if (!is_idle) return;
    std::lock_guard<std::mutex> held(ready_lock);
    ready.push_back(&to);
}

// The next message of a token: all of it follows from the token's own random
// numbers, whatever the order in which actors run.
static std::unique_ptr<Message> make_message(uint64_t random, uint32_t hops) {
    std::unique_ptr<Message> message;
    size_t kind = between(&random, 0, 3);
    if (kind < 3) {
        auto text = std::make_unique<TextMessage>();
        text->text.assign(between(&random, 1, 200), 'm');
        message = std::move(text);
    } else {
        auto numbers = std::make_unique<NumbersMessage>();
        for (size_t n = between(&random, 1, 120); n--;) numbers->numbers.push_back(uint32_t(n));
        message = std::move(numbers);
    }
    message->random = random;
    message->hops = hops;
    return message;
}

static uint64_t receive(Actor &actor, std::unique_ptr<Message> message) {
    uint64_t random = message->random, sum = message->weight();
    if (message->hops) send(actors[between(&random, 0, ACTORS - 1)], make_message(random, message->hops - 1));
    else tokens_left--;
    // A bounded memory: a new message takes the place of an old one.
    size_t at = between(&random, 0, 63);
    if (actor.remembered.size() < 64) actor.remembered.push_back(std::move(message));
    else if (at < 16) actor.remembered[at] = std::move(message);
    return sum;
}

static uint64_t run(Actor &actor) {
    uint64_t sum = 0;
    for (int turn = 0; turn < 20; turn++) {
        std::unique_ptr<Message> message;
        {
            std::lock_guard<std::mutex> held(actor.lock);
            if (actor.mailbox.empty()) {
                actor.is_scheduled = false;
                return sum;
            }
            message = std::move(actor.mailbox.front());
            actor.mailbox.pop_front();
        }
        sum += receive(actor, std::move(message));
    }
    std::lock_guard<std::mutex> held(ready_lock);
    ready.push_back(&actor);
    return sum;
}

static void work(uint64_t *sum) {
    while (tokens_left) {
        Actor *actor = nullptr;
        {
            std::lock_guard<std::mutex> held(ready_lock);
            if (!ready.empty()) {
                actor = ready.front();
                ready.pop_front();
            }
        }
        if (actor) *sum += run(*actor);
        else std::this_thread::yield();
    }
}

int main() {
    uint64_t sums[THREADS] = {0}, sum = 0;
    for (size_t i = 0; i < TOKENS; i++) send(actors[i % ACTORS], make_message(seed_of(i + 120), HOPS));
    std::vector<std::thread> threads;
    for (auto &one : sums) threads.emplace_back(work, &one);
    for (auto &thread : threads) thread.join();
    for (uint64_t one : sums) sum += one;
    print_checksum(sum);
}
