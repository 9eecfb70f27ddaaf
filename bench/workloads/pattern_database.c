// Database, many small blocks: a table of rows in a skip list with versions of
// each row, under transactions that look rows up, insert, change and delete
// them. Each statement has a parse tree, each change an undo record; a commit
// drops the undo list, one transaction in ten rolls back by it, and old
// versions go when no snapshot can need them any more.
#include "work.h"
#include <string.h>

#define ROWS 120000
#define TRANSACTIONS 90000
#define LEVELS 12
#define SNAPSHOTS 512

struct version {
    uint64_t transaction, size;
    unsigned char image[];
};

struct row {
    uint64_t key;
    struct version *newest;
    unsigned height;
    struct row *next[];
};

struct undo {
    struct undo *next;
    struct row *row;
    uint64_t size;
    unsigned char before[];
};

struct node {
    struct node *next;
    uint64_t kind;
    char text[];
};

static struct row *table;
// Replaced versions, in the order of their replacement.
static struct version *retired[SNAPSHOTS];
static size_t retirements;
static uint64_t sum;

static struct row *new_row(uint64_t key, unsigned height) {
    struct row *row = checked(malloc(sizeof *row + height * sizeof row->next[0]));
    memset(row, 0, sizeof *row + height * sizeof row->next[0]);
    row->key = key;
    row->height = height;
    return row;
}

// The first row at or after `key`, and who points there on each level.
static struct row *find(uint64_t key, struct row **before) {
    struct row *at = table;
    for (int level = LEVELS - 1; level >= 0; level--) {
        while (at->next[level] && at->next[level]->key < key) at = at->next[level];
        if (before) before[level] = at;
    }
    return at->next[0];
}

static struct version *new_version(uint64_t transaction, uint64_t *random) {
    size_t size = between(random, 40, 240);
    struct version *version = checked(malloc(sizeof *version + size));
    *version = (struct version){transaction, size};
    memset(version->image, (int)transaction & 255, size);
    return version;
}

static void retire(struct version *version) {
    struct version **slot = &retired[retirements++ % SNAPSHOTS];
    if (*slot) sum += (*slot)->image[0] + (*slot)->size;
    free(*slot);
    *slot = version;
}

static struct row *insert(uint64_t key, uint64_t *random) {
    struct row *before[LEVELS];
    unsigned height = 1;
    find(key, before);
    while (height < LEVELS && next_random(random) >> 62 == 0) height++;
    struct row *row = new_row(key, height);
    for (unsigned level = 0; level < height; level++) {
        row->next[level] = before[level]->next[level];
        before[level]->next[level] = row;
    }
    return row;
}

static void delete(uint64_t key) {
    struct row *before[LEVELS], *row = find(key, before);
    if (!row || row->key != key) return;
    for (unsigned level = 0; level < row->height; level++) before[level]->next[level] = row->next[level];
    retire(row->newest);
    free(row);
}

// The statement's text and its parse tree: what a query layer makes and drops.
static struct node *parse(uint64_t key, uint64_t *random) {
    struct node *tree = NULL;
    for (size_t n = between(random, 3, 8); n--;) {
        struct node *node = checked(malloc(sizeof *node + 24));
        node->next = tree;
        node->kind = n;
        snprintf(node->text, 24, "c%zu=%llu", n, (unsigned long long)key);
        tree = node;
    }
    return tree;
}

static void end_parse(struct node *tree) {
    for (struct node *next; tree; tree = next) {
        next = tree->next;
        sum += tree->kind + (unsigned char)tree->text[1];
        free(tree);
    }
}

static struct undo *remember(struct undo *list, struct row *row) {
    struct undo *undo = checked(malloc(sizeof *undo + row->newest->size));
    *undo = (struct undo){list, row, row->newest->size};
    memcpy(undo->before, row->newest->image, row->newest->size);
    return undo;
}

static struct undo *update(struct row *row, uint64_t transaction, struct undo *list, uint64_t *random) {
    list = remember(list, row);
    retire(row->newest);
    row->newest = new_version(transaction, random);
    return list;
}

static void end_transaction(struct undo *list, int is_rollback, uint64_t transaction) {
    for (struct undo *next; list; list = next) {
        next = list->next;
        if (is_rollback) {
            struct version *old = checked(malloc(sizeof *old + list->size));
            *old = (struct version){transaction, list->size};
            memcpy(old->image, list->before, list->size);
            retire(list->row->newest);
            list->row->newest = old;
        }
        sum += list->before[list->size - 1];
        free(list);
    }
}

// The rows a query answers with, copied out, read by the client and dropped.
static void answer(struct row *row, size_t count) {
    unsigned char *copies[16];
    size_t used = 0;
    for (; row && used < count; row = row->next[0], used++) {
        copies[used] = checked(malloc(row->newest->size));
        memcpy(copies[used], row->newest->image, row->newest->size);
    }
    for (size_t i = 0; i < used; i++) {
        sum += copies[i][7];
        free(copies[i]);
    }
}

static void transact(uint64_t number, uint64_t *random) {
    struct undo *undo = NULL;
    for (size_t n = between(random, 1, 8); n--;) {
        uint64_t key = between(random, 0, 2 * ROWS);
        struct node *tree = parse(key, random);
        struct row *row = find(key, NULL);
        size_t choice = between(random, 0, 9);
        if (choice < 5 && row) undo = update(row, number, undo, random);
        else if (choice < 9) answer(row, between(random, 1, 16));
        end_parse(tree);
    }
    end_transaction(undo, number % 10 == 0, number);
    uint64_t key = between(random, 0, 2 * ROWS);
    struct row *row = find(key, NULL);
    if (row && row->key == key) delete(key);
    else insert(key, random)->newest = new_version(number, random);
}

int main(void) {
    uint64_t random = seed_of(40);
    table = new_row(0, LEVELS);
    for (uint64_t key = 1; key < ROWS; key++) insert(key * 2, &random)->newest = new_version(0, &random);
    for (uint64_t number = 1; number <= TRANSACTIONS; number++) transact(number, &random);
    for (struct row *row = table->next[0], *next; row; row = next) {
        next = row->next[0];
        sum += row->key + row->newest->image[0];
        free(row->newest);
        free(row);
    }
    print_checksum(sum);
}
