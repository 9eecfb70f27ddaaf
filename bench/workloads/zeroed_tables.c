// Sparse tables from calloc (hash tables, bitmaps, visited-sets of a search):
// 4 KiB..4 MiB, twelve alive, of which the program fills a few cells to all of
// them. It relies on every cell being zero before.
#include "work.h"

#define LIVE 12
#define STEPS 9000

struct table {
    uint64_t *cells;
    size_t count;
};

// Fills one cell in sixteen of some tables, one page in ten of others.
static uint64_t fill(struct table table, uint64_t *random) {
    size_t marks = next_random(random) >> 63 ? table.count / 16 : table.count / 5120 + 4;
    uint64_t found = 0;
    for (size_t i = 0; i < marks; i++) {
        size_t at = between(random, 0, table.count - 1);
        found += table.cells[at] != 0;
        table.cells[at] += i + 1;
    }
    return found;
}

static struct table new_table(uint64_t *random) {
    struct table table = {NULL, octave_size(random, 4 << 10, 10) / 8};
    table.cells = checked(calloc(table.count, 8));
    return table;
}

int main(void) {
    struct table live[LIVE] = {{NULL, 0}};
    uint64_t random = seed_of(27), sum = 0;
    for (int step = 0; step < STEPS; step++) {
        struct table *table = &live[between(&random, 0, LIVE - 1)];
        if (table->cells) sum += table->cells[0] + table->cells[table->count - 1];
        free(table->cells);
        *table = new_table(&random);
        sum = sum * 31 + fill(*table, &random);
    }
    for (int i = 0; i < LIVE; i++) free(live[i].cells);
    print_checksum(sum);
}
