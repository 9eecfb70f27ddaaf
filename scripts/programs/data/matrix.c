/* Ordinary C with all kinds of allocation sizes: sparse rows that grow, strings, a big matrix, a hash table. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row { size_t used, room; uint32_t *column; double *value; };
struct entry { struct entry *next; char *key; long count; };

static uint64_t state = 88172645463325252u;
static uint64_t next_random(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void set(struct row *row, uint32_t column, double value)
{
    if (row->used == row->room) {
        row->room = row->room ? row->room * 2 : 2;
        row->column = realloc(row->column, row->room * sizeof *row->column);
        row->value = realloc(row->value, row->room * sizeof *row->value);
        if (!row->column || !row->value) abort();
    }
    row->column[row->used] = column, row->value[row->used++] = value;
}

static double sparse(size_t n)
{
    struct row *rows = calloc(n, sizeof *rows);
    double *x = malloc(n * sizeof *x), *y = calloc(n, sizeof *y), sum = 0;
    if (!rows || !x || !y) abort();
    for (size_t i = 0; i < n; i++) {
        x[i] = 1.0 / (double)(i + 1);
        for (size_t k = next_random() % 60; k; k--) set(&rows[i], (uint32_t)(next_random() % n), (double)(k % 9) - 4);
    }
    for (int round = 0; round < 30; round++) {
        for (size_t i = 0; i < n; i++) {
            y[i] = 0;
            for (size_t k = 0; k < rows[i].used; k++) y[i] += rows[i].value[k] * x[rows[i].column[k]];
        }
        for (size_t i = 0; i < n; i++) x[i] = tanh(y[i] + 0.1);
    }
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        free(rows[i].column), free(rows[i].value);
    }
    free(rows), free(x), free(y);
    return sum;
}

static long words(size_t n)
{
    enum { BUCKETS = 4099 };
    struct entry **table = calloc(BUCKETS, sizeof(struct entry *));
    long total = 0;
    if (!table) abort();
    for (size_t i = 0; i < n; i++) {
        char text[64];
        int length = snprintf(text, sizeof text, "key-%llu", (unsigned long long)(next_random() % 20000));
        size_t bucket = (size_t)(text[length - 1] + 31 * text[length - 2] + 997 * text[4] + length) % BUCKETS;
        struct entry **at = &table[bucket];
        while (*at && strcmp((*at)->key, text)) at = &(*at)->next;
        if (!*at) {
            *at = calloc(1, sizeof **at);
            if (!*at || !((*at)->key = strdup(text))) abort();
        } else if (++(*at)->count % 7 == 0) {
            struct entry *gone = *at;
            *at = gone->next;
            free(gone->key), free(gone);
        }
    }
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *e = table[i], *after; e; e = after) {
            after = e->next;
            total += e->count + (long)strlen(e->key);
            free(e->key), free(e);
        }
    free(table);
    return total;
}

int main(void)
{
    printf("sparse %.9f\n", sparse(20000));
    printf("words %ld\n", words(400000));
    return 0;
}
