// Data analysis on columns: tables of 10,000..60,000 rows are read into
// std::vector columns of numbers and std::string that grow by push_back,
// filtered into new tables, sorted by index and grouped with a
// std::unordered_map of vectors.
#include "work.h"
#include <algorithm>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

struct Table {
    std::vector<std::string> city, comment;
    std::vector<double> amount;
    std::vector<uint32_t> day;

    size_t rows() const { return day.size(); }

    void push_from(const Table &other, size_t row) {
        city.push_back(other.city[row]);
        comment.push_back(other.comment[row]);
        amount.push_back(other.amount[row]);
        day.push_back(other.day[row]);
    }
};

static std::string text(uint64_t *random, size_t low, size_t high) {
    std::string word(between(random, low, high), ' ');
    write_letters(&word[0], word.size(), next_random(random));
    return word;
}

static Table read_table(uint64_t *random, const std::vector<std::string> &cities) {
    Table table;
    for (size_t n = between(random, 10000, 60000); n--;) {
        table.city.push_back(cities[between(random, 0, cities.size() - 1)]);
        table.comment.push_back(between(random, 0, 3) ? std::string() : text(random, 5, 120));
        table.amount.push_back(double(between(random, 1, 100000)) / 4);
        table.day.push_back(uint32_t(between(random, 0, 364)));
    }
    return table;
}

static Table filter(const Table &table, uint32_t from, uint32_t to) {
    Table result;
    for (size_t row = 0; row < table.rows(); row++)
        if (table.day[row] >= from && table.day[row] < to) result.push_from(table, row);
    return result;
}

static Table sorted(const Table &table) {
    std::vector<uint32_t> order(table.rows());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return table.amount[a] < table.amount[b]; });
    Table result;
    for (uint32_t row : order) result.push_from(table, row);
    return result;
}

static uint64_t group(const Table &table) {
    std::unordered_map<std::string, std::vector<double>> groups;
    for (size_t row = 0; row < table.rows(); row++) groups[table.city[row]].push_back(table.amount[row]);
    uint64_t sum = 0;
    for (auto &[city, amounts] : groups) {
        std::nth_element(amounts.begin(), amounts.begin() + amounts.size() / 2, amounts.end());
        sum += city.size() * uint64_t(amounts[amounts.size() / 2]);
    }
    return sum;
}

int main() {
    uint64_t random = seed_of(190), sum = 0;
    std::vector<std::string> cities;
    for (int i = 0; i < 3000; i++) cities.push_back(text(&random, 4, 28));
    std::vector<Table> kept(3);
    for (int step = 0; step < 45; step++) {
        Table table = read_table(&random, cities);
        uint32_t from = uint32_t(between(&random, 0, 200));
        Table part = sorted(filter(table, from, from + 120));
        sum += group(table) + group(part);
        for (auto &comment : part.comment) sum = sum * 31 + comment.size();
        kept[between(&random, 0, 2)] = std::move(part);
    }
    for (auto &table : kept) sum += group(table);
    print_checksum(sum);
}
