// A log pipeline: two threads format records into std::string, a third parses
// each line into fields (std::vector of strings), masks some, joins them again
// and collects them in blocks of 64 KiB, of which the last 200 stay for queries.
#include "work.h"
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

static const size_t WRITERS = 2, LINES_EACH = 300000, BATCH = 100, BLOCK = 64 << 10, KEPT = 200;

using Batch = std::vector<std::string>;

static std::mutex lock;
static std::condition_variable changed;
static std::deque<Batch> queue;
static size_t writers_left = WRITERS;

static std::string format(size_t number, uint64_t *random) {
    static const char *levels[] = {"DEBUG", "INFO", "NOTICE", "WARNING", "ERROR"};
    std::string line = "2024-01-01T00:00:00 ";
    line += levels[between(random, 0, 4)];
    line += " request=" + std::to_string(number) + " user=" + std::to_string(between(random, 1, 99999));
    line += " path=/api/v1/" + std::string(between(random, 3, 60), char('a' + number % 26));
    line += " duration=" + std::to_string(between(random, 1, 5000)) + "ms";
    if (between(random, 0, 19) == 0) line += " trace=" + std::string(between(random, 300, 4000), '#');
    return line;
}

static void write_lines(size_t writer) {
    uint64_t random = seed_of(110 + writer);
    for (size_t done = 0; done < LINES_EACH; done += BATCH) {
        Batch batch;
        for (size_t i = 0; i < BATCH; i++) batch.push_back(format(done + i, &random));
        std::unique_lock<std::mutex> held(lock);
        changed.wait(held, [] { return queue.size() < 64; });
        queue.push_back(std::move(batch));
        changed.notify_all();
    }
    std::lock_guard<std::mutex> held(lock);
    writers_left--;
    changed.notify_all();
}

static bool take(Batch &batch) {
    std::unique_lock<std::mutex> held(lock);
    changed.wait(held, [] { return !queue.empty() || !writers_left; });
    if (queue.empty()) return false;
    batch = std::move(queue.front());
    queue.pop_front();
    changed.notify_all();
    return true;
}

static std::vector<std::string> split(const std::string &line) {
    std::vector<std::string> fields;
    for (size_t from = 0, to; from < line.size(); from = to + 1) {
        to = line.find(' ', from);
        if (to == std::string::npos) to = line.size();
        fields.push_back(line.substr(from, to - from));
    }
    return fields;
}

static std::string mask(const std::string &line) {
    std::string joined;
    for (std::string &field : split(line)) {
        if (field.compare(0, 5, "user=") == 0) field = "user=***";
        joined += field;
        joined += ' ';
    }
    return joined;
}

// What a line adds to the checksum, in whatever order the lines come.
static uint64_t weigh(const std::string &line) {
    return line.size() * 31 + (unsigned char)line[line.size() / 2];
}

int main() {
    uint64_t sum = 0;
    std::vector<std::thread> writers;
    for (size_t i = 0; i < WRITERS; i++) writers.emplace_back(write_lines, i);
    std::deque<std::string> blocks(1);
    for (Batch batch; take(batch);)
        for (const std::string &line : batch) {
            std::string masked = mask(line);
            sum += weigh(masked);
            if (blocks.back().size() + masked.size() > BLOCK) blocks.emplace_back();
            blocks.back() += masked;
            if (blocks.size() > KEPT) blocks.pop_front();
        }
    for (auto &writer : writers) writer.join();
    print_checksum(sum);
}
