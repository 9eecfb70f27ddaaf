// Image tiles in a pipeline of threads: a decoder makes tiles of 16..256 KiB,
// two filters turn each into a new one of the same size and drop the old, an
// encoder reads the result and frees it. Every block of middle size is freed by
// a thread that did not make it.
#include "work.h"
#include <pthread.h>
#include <semaphore.h>

#define TILES 14000
#define QUEUE 48

struct tile {
    unsigned char *pixels;
    size_t size;
};

// A bounded queue between two stages: `room` and `filled` count its places.
struct queue {
    struct tile *places[QUEUE];
    size_t put, taken;
    pthread_mutex_t lock;
    sem_t room, filled;
};

static struct queue decoded, filtered;

static void open_queue(struct queue *queue) {
    pthread_mutex_init(&queue->lock, NULL);
    sem_init(&queue->room, 0, QUEUE);
    sem_init(&queue->filled, 0, 0);
}

static void put(struct queue *queue, struct tile *tile) {
    sem_wait(&queue->room);
    pthread_mutex_lock(&queue->lock);
    queue->places[queue->put++ % QUEUE] = tile;
    pthread_mutex_unlock(&queue->lock);
    sem_post(&queue->filled);
}

static struct tile *take(struct queue *queue) {
    sem_wait(&queue->filled);
    pthread_mutex_lock(&queue->lock);
    struct tile *tile = queue->places[queue->taken++ % QUEUE];
    pthread_mutex_unlock(&queue->lock);
    sem_post(&queue->room);
    return tile;
}

static struct tile *new_tile(size_t size) {
    struct tile *tile = checked(malloc(sizeof *tile));
    *tile = (struct tile){checked(malloc(size)), size};
    return tile;
}

static void end_tile(struct tile *tile) {
    free(tile->pixels);
    free(tile);
}

static void *decode(void *unused) {
    uint64_t random = seed_of(170);
    (void)unused;
    for (int n = 0; n < TILES; n++) {
        struct tile *tile = new_tile(octave_size(&random, 16 << 10, 4));
        uint64_t *cells = (uint64_t *)tile->pixels;
        for (size_t i = 0; i < tile->size / 8; i++) cells[i] = i * 0x0101010101010101ULL + (uint64_t)n;
        put(&decoded, tile);
    }
    // An empty tile for each filter says that no more will come.
    for (int i = 0; i < 2; i++) put(&decoded, NULL);
    return NULL;
}

static void *filter(void *unused) {
    (void)unused;
    for (struct tile *in; (in = take(&decoded)) != NULL; end_tile(in)) {
        struct tile *out = new_tile(in->size);
        const uint64_t *from = (const uint64_t *)in->pixels;
        uint64_t *to = (uint64_t *)out->pixels;
        for (size_t i = 0; i < in->size / 8; i++) to[i] = from[i] ^ 0x00ff00ff00ff00ffULL;
        put(&filtered, out);
    }
    put(&filtered, NULL);
    return NULL;
}

static uint64_t encode(void) {
    uint64_t sum = 0;
    for (int ended = 0; ended < 2;) {
        struct tile *tile = take(&filtered);
        if (!tile) {
            ended++;
            continue;
        }
        const uint64_t *cells = (const uint64_t *)tile->pixels;
        for (size_t i = 0; i < tile->size / 8; i++) sum += cells[i];
        end_tile(tile);
    }
    return sum;
}

int main(void) {
    pthread_t threads[3];
    open_queue(&decoded);
    open_queue(&filtered);
    pthread_create(&threads[0], NULL, decode, NULL);
    pthread_create(&threads[1], NULL, filter, NULL);
    pthread_create(&threads[2], NULL, filter, NULL);
    uint64_t sum = encode();
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    print_checksum(sum);
}
