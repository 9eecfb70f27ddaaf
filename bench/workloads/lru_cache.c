// A cache server in the manner of memcached: keys with values of 20 bytes to
// 200 KiB in a hash table with a list by last use. It takes a new value in
// first and evicts by age when it holds more than 64 MiB; a hit is copied into
// an answer.
#include "work.h"
#include <string.h>

#define LIMIT (64u << 20)
#define BUCKETS (1u << 17)
#define KEYS 400000
#define OPERATIONS 1500000

struct item {
    struct item *chain, *newer, *older;
    char *key;
    unsigned char *value;
    uint64_t hash;
    size_t size;
};

static struct item *buckets[BUCKETS];
// The ends of the list: `ring.older` is the newest item, `ring.newer` the oldest.
static struct item ring = {NULL, &ring, &ring, NULL, NULL, 0, 0};
static size_t held;

static void unlink_item(struct item *item) {
    item->newer->older = item->older;
    item->older->newer = item->newer;
}

static void put_first(struct item *item) {
    item->older = ring.older;
    item->newer = &ring;
    ring.older->newer = item;
    ring.older = item;
}

static struct item **find(const char *key, uint64_t hash) {
    struct item **at = &buckets[hash % BUCKETS];
    while (*at && strcmp((*at)->key, key)) at = &(*at)->chain;
    return at;
}

static uint64_t end_item(struct item *item) {
    uint64_t sum = read_block(item->value, item->size);
    held -= item->size;
    free(item->key);
    free(item->value);
    free(item);
    return sum;
}

static uint64_t evict(void) {
    uint64_t sum = 0;
    while (held > LIMIT) {
        struct item *item = ring.newer;
        *find(item->key, item->hash) = item->chain;
        unlink_item(item);
        sum += end_item(item);
    }
    return sum;
}

static uint64_t set(const char *key, uint64_t hash, uint64_t *random) {
    size_t size = pareto_size(random, 100, 200 << 10) + 20, length = strlen(key) + 1;
    unsigned char *value = new_block(size, hash);
    struct item **at = find(key, hash), *item = *at;
    held += size;
    if (item) {
        held -= item->size;
        free(item->value);
        unlink_item(item);
    } else {
        item = checked(calloc(1, sizeof *item));
        item->key = memcpy(checked(malloc(length)), key, length);
        item->hash = hash;
        *at = item;
    }
    item->value = value;
    item->size = size;
    put_first(item);
    return evict();
}

static uint64_t get(const char *key, uint64_t hash) {
    struct item *item = *find(key, hash);
    if (!item) return 1;
    unlink_item(item);
    put_first(item);
    size_t length = item->size + 32;
    unsigned char *answer = checked(malloc(length));
    memcpy(answer, "VALUE", 5);
    memcpy(answer + 30, item->value, item->size);
    uint64_t sum = answer[30] + (uint64_t)answer[length - 3];
    free(answer);
    return sum;
}

int main(void) {
    uint64_t random = seed_of(102), sum = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        char key[40];
        // Half of all requests are for a few keys, the others for any.
        int is_hot = next_random(&random) >> 63;
        uint64_t number = is_hot ? pareto_size(&random, 400, KEYS) : between(&random, 0, KEYS - 1);
        uint64_t hash = seed_of(number) >> 7;
        snprintf(key, sizeof key, "user:%llu:profile", (unsigned long long)number);
        sum += between(&random, 0, 9) < 4 ? set(key, hash, &random) : get(key, hash);
    }
    while (ring.newer != &ring) {
        struct item *item = ring.newer;
        unlink_item(item);
        sum += end_item(item);
    }
    print_checksum(sum);
}
