// A task pool of C++: work is submitted as std::packaged_task wrapped in
// std::function with a captured argument, run by three workers, its result (a
// string or a vector) handed back through a std::future. Tasks are made by one
// thread and freed by others, results the other way round.
#include "work.h"
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

static const size_t WORKERS = 3, ROUNDS = 900, TASKS = 400, MOST_WAITING = 256;

class Pool {
    std::mutex lock;
    std::condition_variable changed;
    std::deque<std::function<void()>> waiting;
    std::vector<std::thread> workers;
    bool is_closing = false;

    void work() {
        for (;;) {
            // A few at a time: the lock is not what is measured.
            std::vector<std::function<void()>> batch;
            {
                std::unique_lock<std::mutex> held(lock);
                changed.wait(held, [this] { return !waiting.empty() || is_closing; });
                if (waiting.empty()) return;
                while (!waiting.empty() && batch.size() < 16) {
                    batch.push_back(std::move(waiting.front()));
                    waiting.pop_front();
                }
                if (waiting.size() < MOST_WAITING) changed.notify_all();
            }
            for (auto &task : batch) task();
        }
    }

  public:
    Pool() {
        for (size_t i = 0; i < WORKERS; i++) workers.emplace_back([this] { work(); });
    }

    template <class Function> auto submit(Function function) {
        auto task = std::make_shared<std::packaged_task<decltype(function())()>>(std::move(function));
        auto result = task->get_future();
        std::unique_lock<std::mutex> held(lock);
        changed.wait(held, [this] { return waiting.size() < 2 * MOST_WAITING; });
        waiting.push_back([task] { (*task)(); });
        if (waiting.size() % 64 == 1) changed.notify_one();
        return result;
    }

    ~Pool() {
        {
            std::lock_guard<std::mutex> held(lock);
            is_closing = true;
        }
        changed.notify_all();
        for (auto &worker : workers) worker.join();
    }
};

static std::string answer(const std::string &question, uint64_t random) {
    std::string result;
    for (size_t n = between(&random, 1, 12); n--;) result += question.substr(between(&random, 0, question.size() / 2));
    return result;
}

static std::vector<uint32_t> numbers(uint64_t random) {
    std::vector<uint32_t> result;
    for (size_t n = between(&random, 4, 400); n--;) result.push_back(uint32_t(n * 7));
    return result;
}

int main() {
    uint64_t random = seed_of(200), sum = hold_state(4 << 10);
    Pool pool;
    for (size_t round = 0; round < ROUNDS; round++) {
        std::vector<std::future<std::string>> answers;
        std::vector<std::future<std::vector<uint32_t>>> lists;
        for (size_t i = 0; i < TASKS; i++) {
            uint64_t own = next_random(&random);
            std::string question(between(&random, 8, 150), char('a' + i % 26));
            if (i % 4) answers.push_back(pool.submit([question, own] { return answer(question, own); }));
            else lists.push_back(pool.submit([own] { return numbers(own); }));
        }
        for (auto &each : answers) sum += each.get().size();
        for (auto &each : lists) sum += each.get().back() + 5;
    }
    print_checksum(sum);
}
