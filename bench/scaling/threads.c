// x threads on the processors there are: workers with heaps of their own (`private`), or a pipeline in which each
// passes its blocks on to the next, who frees them (`ring`). Live blocks and work are the same in sum for every x.
//   threads private|ring <x>
// Reports elapsed time times the processors in use, and processor time, per malloc and free.
#include "scaling.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define OPERATIONS (1u << 21)
#define LIVE (1u << 14)

// From one thread to the next; each index on a cache line of its own.
struct ring {
    _Alignas(128) atomic_size_t written;
    _Alignas(128) atomic_size_t taken;
    _Alignas(128) void **slots;
};

static size_t threads, capacity;
static struct ring *rings;
static pthread_barrier_t barrier;
// Of all that was read from blocks: the order does not matter.
static _Atomic uint64_t checksum;

// Before and after the work, two meetings: between them the workers stand still and the main thread reads the clocks.
static void stand_still(void) {
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
}

static void *new_one(uint64_t *random) {
    uint64_t *block = checked(malloc(between(random, 16, 512)));
    *block = *random;
    return block;
}

static uint64_t end_one(void *block) {
    uint64_t held = *(uint64_t *)block;
    free(block);
    return held;
}

static void work_private(size_t self) {
    size_t live = LIVE / threads;
    void **blocks = table(live * sizeof *blocks);
    uint64_t random = seed_of(self), sum = 0;
    for (size_t i = 0; i < live; i++) blocks[i] = new_one(&random);
    stand_still();
    for (size_t n = OPERATIONS / threads; n > 0; n--) {
        void **at = &blocks[between(&random, 0, live - 1)];
        sum += end_one(*at);
        *at = new_one(&random);
    }
    stand_still();
    for (size_t i = 0; i < live; i++) sum += end_one(blocks[i]);
    checksum += sum;
}

// Up to a ring's worth; how many.
static size_t put(struct ring *out, size_t left, uint64_t *random) {
    size_t written = atomic_load_explicit(&out->written, memory_order_relaxed);
    size_t room = capacity - (written - atomic_load_explicit(&out->taken, memory_order_acquire));
    size_t n = left < room ? left : room;
    for (size_t i = 0; i < n; i++) {
        out->slots[written % capacity] = new_one(random);
        atomic_store_explicit(&out->written, ++written, memory_order_release);
    }
    return n;
}

static size_t take(struct ring *in, uint64_t *sum) {
    size_t taken = atomic_load_explicit(&in->taken, memory_order_relaxed);
    size_t n = atomic_load_explicit(&in->written, memory_order_acquire) - taken;
    for (size_t i = 0; i < n; i++) {
        *sum += end_one(in->slots[taken % capacity]);
        atomic_store_explicit(&in->taken, ++taken, memory_order_release);
    }
    return n;
}

static void work_ring(size_t self) {
    struct ring *out = &rings[self], *in = &rings[(self + threads - 1) % threads];
    uint64_t random = seed_of(self), sum = 0;
    stand_still();
    size_t to_put = OPERATIONS / threads, to_take = to_put;
    while (to_put + to_take > 0) {
        size_t put_now = put(out, to_put, &random), taken_now = take(in, &sum);
        to_put -= put_now;
        to_take -= taken_now;
        if (put_now + taken_now == 0) sched_yield();
    }
    stand_still();
    checksum += sum;
}

static int is_ring;

static void *worker(void *self) {
    (is_ring ? work_ring : work_private)((size_t)self);
    return NULL;
}

static void make_rings(void) {
    capacity = LIVE / threads < 64 ? 64 : LIVE / threads > 1024 ? 1024 : LIVE / threads;
    rings = table(threads * sizeof *rings);
    for (size_t i = 0; i < threads; i++) rings[i].slots = table(capacity * sizeof(void *));
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    is_ring = strcmp(argv[1], "ring") == 0;
    if (!is_ring && strcmp(argv[1], "private") != 0) return 2;
    threads = number(argv[2]);
    if (threads == 0 || threads > LIVE) return 2;
    make_rings();
    pthread_barrier_init(&barrier, NULL, (unsigned)threads + 1);
    pthread_t *all = table(threads * sizeof *all);
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&all[i], NULL, worker, (void *)i) != 0) return 3;
    pthread_barrier_wait(&barrier);
    uint64_t wall = nanos(CLOCK_MONOTONIC), processor = processor_ns();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    wall = nanos(CLOCK_MONOTONIC) - wall;
    processor = processor_ns() - processor;
    pthread_barrier_wait(&barrier);
    for (size_t i = 0; i < threads; i++) pthread_join(all[i], NULL);
    size_t processors = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    double operations = (double)(OPERATIONS / threads * threads);
    size_t busy = threads < processors ? threads : processors;
    figure("elapsed", (double)(wall * busy) / operations);
    figure("processor", (double)processor / operations);
    print_checksum(checksum);
    return 0;
}
