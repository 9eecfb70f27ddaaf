// A dictionary in C (a symbol table, a DNS cache): a chained hash table that
// doubles as it fills, an entry and a copy of the key string for each word,
// values replaced, words deleted again.
#include "work.h"
#include <string.h>

#define WORDS 250000
#define OPERATIONS 1800000
#define ROUNDS 2

struct entry {
    struct entry *next;
    char *key, *value;
    uint64_t hash;
};

struct table {
    struct entry **buckets;
    size_t room, used;
};

static uint64_t hash_of(const char *text) {
    uint64_t hash = 14695981039346656037ULL;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return hash ^ (hash >> 29);
}

static char *copy(const char *text) {
    size_t length = strlen(text) + 1;
    return memcpy(checked(malloc(length)), text, length);
}

// Word `number`: 5..40 letters that depend on it alone.
static void write_word(char *word, uint64_t number) {
    uint64_t random = seed_of(number);
    size_t length = between(&random, 5, 40);
    write_letters(word, length, random);
    word[length] = 0;
}

static void grow(struct table *table) {
    size_t room = table->room * 2;
    struct entry **buckets = checked(calloc(room, sizeof *buckets));
    for (size_t i = 0; i < table->room; i++)
        for (struct entry *entry = table->buckets[i], *next; entry; entry = next) {
            next = entry->next;
            entry->next = buckets[entry->hash % room];
            buckets[entry->hash % room] = entry;
        }
    free(table->buckets);
    table->buckets = buckets;
    table->room = room;
}

// Where the pointer to the word's entry stands, or would stand.
static struct entry **find(struct table *table, const char *word, uint64_t hash) {
    struct entry **at = &table->buckets[hash % table->room];
    while (*at && ((*at)->hash != hash || strcmp((*at)->key, word))) at = &(*at)->next;
    return at;
}

static uint64_t set(struct table *table, const char *word, const char *value) {
    uint64_t hash = hash_of(word);
    struct entry **at = find(table, word, hash), *entry = *at;
    if (entry) {
        free(entry->value);
        entry->value = copy(value);
        return 1;
    }
    entry = checked(malloc(sizeof *entry));
    *entry = (struct entry){NULL, copy(word), copy(value), hash};
    *at = entry;
    if (++table->used > table->room) grow(table);
    return 2;
}

static uint64_t end_entry(struct entry *entry) {
    uint64_t sum = entry->hash + strlen(entry->value);
    free(entry->key);
    free(entry->value);
    free(entry);
    return sum;
}

static uint64_t erase(struct table *table, const char *word) {
    struct entry **at = find(table, word, hash_of(word)), *entry = *at;
    if (!entry) return 0;
    *at = entry->next;
    table->used--;
    return end_entry(entry);
}

static uint64_t one_round(uint64_t *random) {
    struct table table = {checked(calloc(16, sizeof *table.buckets)), 16, 0};
    char word[64], value[64];
    uint64_t sum = 0;
    for (int i = 0; i < OPERATIONS / ROUNDS; i++) {
        write_word(word, between(random, 0, WORDS - 1));
        switch (between(random, 0, 4)) {
        case 0: sum += erase(&table, word); break;
        case 1: {
            struct entry *entry = *find(&table, word, hash_of(word));
            if (entry) sum += (unsigned char)entry->value[0];
            break;
        }
        default:
            write_word(value, next_random(random));
            sum += set(&table, word, value);
        }
    }
    for (size_t i = 0; i < table.room; i++)
        for (struct entry *entry = table.buckets[i], *next; entry; entry = next) {
            next = entry->next;
            sum += end_entry(entry);
        }
    free(table.buckets);
    return sum;
}

int main(void) {
    uint64_t random = seed_of(24), sum = 0;
    for (int round = 0; round < ROUNDS; round++) sum += one_round(&random);
    print_checksum(sum);
}
