// Threads that hand their blocks to others: producers fill batches of
// messages (16..400 bytes), consumers read and free them, so every block is
// freed by a thread that did not make it. A bounded queue stands between.
// Arguments: producers, consumers. 3 1 is a log writer, 1 3 a job server.
#include "work.h"
#include <pthread.h>

#define BATCH 128
#define QUEUE 128
#define MESSAGES_IN_ALL 9000000

struct batch {
    void *messages[BATCH];
    uint16_t sizes[BATCH];
};

static struct batch *queue[QUEUE];
static size_t queued, taken, batches_in_all, idle_consumers, idle_producers;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;

// Wakes only who waits, and producers only at half a queue: else the time of
// this program is that of the scheduler.
static void put(struct batch *batch) {
    pthread_mutex_lock(&lock);
    while (queued - taken == QUEUE) {
        idle_producers++;
        pthread_cond_wait(&not_full, &lock);
        idle_producers--;
    }
    queue[queued++ % QUEUE] = batch;
    if (idle_consumers) pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

// The next batch, or NULL when all have been taken.
static struct batch *take(void) {
    struct batch *batch = NULL;
    pthread_mutex_lock(&lock);
    while (queued == taken && taken < batches_in_all) {
        idle_consumers++;
        pthread_cond_wait(&not_empty, &lock);
        idle_consumers--;
    }
    if (taken < batches_in_all) batch = queue[taken++ % QUEUE];
    if (idle_producers && queued - taken <= QUEUE / 2) pthread_cond_broadcast(&not_full);
    if (taken == batches_in_all) pthread_cond_broadcast(&not_empty);
    pthread_mutex_unlock(&lock);
    return batch;
}

struct producer {
    pthread_t thread;
    size_t batches;
    uint64_t random;
};

static void *produce(void *argument) {
    struct producer *self = argument;
    for (size_t n = 0; n < self->batches; n++) {
        struct batch *batch = checked(malloc(sizeof *batch));
        for (size_t i = 0; i < BATCH; i++) {
            batch->sizes[i] = (uint16_t)between(&self->random, 16, 400);
            batch->messages[i] = new_block(batch->sizes[i], n + i);
        }
        put(batch);
    }
    return NULL;
}

static void *consume(void *argument) {
    uint64_t *sum = argument;
    for (struct batch *batch; (batch = take()) != NULL; free(batch))
        for (size_t i = 0; i < BATCH; i++) *sum += end_block(batch->messages[i], batch->sizes[i]);
    return NULL;
}

int main(int argc, char **argv) {
    size_t producers = argc > 2 ? strtoul(argv[1], NULL, 10) : 3;
    size_t consumers = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    struct producer producer[16];
    pthread_t consumer[16];
    uint64_t sums[16] = {0}, sum = 0;
    if (producers > 16 || consumers > 16) return 2;
    size_t share = MESSAGES_IN_ALL / BATCH / producers;
    batches_in_all = share * producers;
    for (size_t i = 0; i < consumers; i++) pthread_create(&consumer[i], NULL, consume, &sums[i]);
    for (size_t i = 0; i < producers; i++) {
        producer[i] = (struct producer){.batches = share, .random = seed_of(i)};
        pthread_create(&producer[i].thread, NULL, produce, &producer[i]);
    }
    for (size_t i = 0; i < producers; i++) pthread_join(producer[i].thread, NULL);
    for (size_t i = 0; i < consumers; i++) pthread_join(consumer[i], NULL);
    for (size_t i = 0; i < consumers; i++) sum += sums[i];
    print_checksum(sum);
}
