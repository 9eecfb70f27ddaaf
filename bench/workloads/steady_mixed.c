// A server that runs for days: 100 MiB of live blocks, replaced without end,
// while sizes and lifetimes shift (each few hundred thousand operations another
// mix). Prints resident over requested memory, then frees all but a random
// hundredth and, three quiet seconds later, compares what is resident with a
// fresh process that holds the same blocks.
#include "work.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIVE (100u << 20)
#define SHIFT 300000
#define ROUNDS 2
#define SAMPLE 20000
#define MOST_BLOCKS (1u << 20)

// Sizes from `low` to `high`; of `contest` random blocks the oldest dies
// (`is_old`) or the youngest: near a queue, or near a stack; 1 is chance alone.
struct mix {
    size_t low, high;
    int is_pareto, contest, is_old;
};

static const struct mix mixes[] = {
    {32, 4096, 1, 1, 0},     // strings and records
    {64, 256, 0, 4, 1},      // messages in a queue
    {1024, 8192, 0, 1, 0},   // network buffers
    {48, 100000, 1, 3, 0},   // documents, the newest replaced most
    {200, 600, 0, 1, 0},     // objects of a few types
    {64, 2000, 1, 6, 1},     // log lines
    {4096, 65536, 0, 2, 1},  // pages and blobs
    {150, 20000, 1, 1, 0},   // a bit of all
};

struct block {
    uint64_t size, born;
};

// The table of blocks is memory of the program too: counted as live, and all
// of it touched.
struct store {
    struct block **blocks;
    size_t used, live;
};

static struct store new_store(size_t room) {
    struct store store = {checked(malloc(room * sizeof(void *))), 0, room * sizeof(void *)};
    memset(store.blocks, 1, room * sizeof(void *));
    return store;
}

static void add(struct store *store, size_t size, uint64_t born) {
    if (store->used == MOST_BLOCKS) abort();
    struct block *block = new_block(size, 0);
    *block = (struct block){size, born};
    store->live += size;
    store->blocks[store->used++] = block;
}

static uint64_t drop(struct store *store, size_t at) {
    struct block *block = store->blocks[at];
    uint64_t sum = block->size + block->born;
    store->live -= block->size;
    store->blocks[at] = store->blocks[--store->used];
    free(block);
    return sum;
}

static size_t pick(const struct store *store, const struct mix *mix, uint64_t *random) {
    size_t best = between(random, 0, store->used - 1);
    for (int i = 1; i < mix->contest; i++) {
        size_t other = between(random, 0, store->used - 1);
        if ((store->blocks[other]->born < store->blocks[best]->born) == mix->is_old) best = other;
    }
    return best;
}

static size_t next_size(const struct mix *mix, uint64_t *random) {
    return mix->is_pareto ? pareto_size(random, mix->low, mix->high) : between(random, mix->low, mix->high);
}

// From /proc/self/statm, without allocating.
static size_t resident_kib(void) {
    char text[128] = "";
    int file = open("/proc/self/statm", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) abort();
    close(file);
    return strtoul(strchr(text, ' '), NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static double resident_over_live(const struct store *store) {
    return (double)resident_kib() * 1024 / (double)store->live;
}

// The churn; prints the mean and the last of resident over live.
static uint64_t churn(struct store *store, uint64_t *random) {
    double total = 0;
    size_t steps = SHIFT * ROUNDS * (sizeof mixes / sizeof mixes[0]), samples = 0;
    uint64_t sum = 0;
    for (size_t step = 0; step < steps; step++) {
        const struct mix *mix = &mixes[step / SHIFT % (sizeof mixes / sizeof mixes[0])];
        add(store, next_size(mix, random), step);
        while (store->live > LIVE) sum += drop(store, pick(store, mix, random));
        if (step % SAMPLE) continue;
        // The growth to full size at the beginning is no steady state.
        if (store->live < LIVE / 100 * 98) continue;
        total += resident_over_live(store);
        samples++;
    }
    printf("figure resident_over_live %.4f\n", total / (double)samples);
    printf("figure resident_over_live_end %.4f\n", resident_over_live(store));
    return sum;
}

// Keeps a random hundredth, in a table of its size.
static void thin_out(struct store *store, uint64_t *random, uint64_t *sum) {
    size_t kept = store->used / 100;
    while (store->used > kept) *sum += drop(store, between(random, 0, store->used - 1));
    struct block **blocks = checked(malloc(kept * sizeof *blocks));
    memcpy(blocks, store->blocks, kept * sizeof *blocks);
    free(store->blocks);
    store->blocks = blocks;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// KiB of the pages on which the blocks lie: they stay resident, as no allocator here can move a block. What a program
// that has thinned out pins more than a fresh one can't be given back. Asked for last: qsort may allocate.
static size_t pinned_kib(const struct store *store) {
    size_t bytes = 0;
    for (size_t i = 0; i < store->used; i++) bytes += store->blocks[i]->size + 8192;
    uint64_t *pages = mmap(NULL, bytes / 512, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) abort();
    size_t count = 0, different = 0;
    for (size_t i = 0; i < store->used; i++) {
        uintptr_t start = (uintptr_t)store->blocks[i], end = start + store->blocks[i]->size;
        for (uintptr_t page = start / 4096; page <= (end - 1) / 4096; page++) pages[count++] = page;
    }
    qsort(pages, count, sizeof *pages, ascending);
    for (size_t i = 0; i < count; i++) different += i == 0 || pages[i] != pages[i - 1];
    munmap(pages, bytes / 512);
    return different * 4;
}

// Three seconds in which the program does little: time for memory to go back.
static uint64_t rest(uint64_t *random) {
    struct timespec pause = {0, 10000000};
    uint64_t sum = 0;
    for (int i = 0; i < 300; i++) {
        size_t size = between(random, 32, 2000);
        sum += end_block(new_block(size, i), size);
        nanosleep(&pause, NULL);
    }
    return sum;
}

// The fresh process: reads the sizes from its input and takes as many blocks.
static int hold_the_same(void) {
    uint64_t header, size;
    if (read(0, &header, sizeof header) != sizeof header) return 1;
    struct store store = new_store(header);
    while (read(0, &size, sizeof size) == sizeof size) add(&store, size, 0);
    if (store.used != header) return 1;
    printf("figure fresh_resident_kib %zu\n", resident_kib());
    printf("figure fresh_pin_kib %zu\n", pinned_kib(&store));
    return 0;
}

static void run_fresh(const struct store *store) {
    int ends[2], status;
    uint64_t count = store->used;
    fflush(stdout);
    if (pipe(ends)) abort();
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[0], 0);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "steady_mixed", "fresh", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    if (write(ends[1], &count, sizeof count) != sizeof count) abort();
    for (size_t i = 0; i < store->used; i++)
        if (write(ends[1], &store->blocks[i]->size, sizeof count) != sizeof count) abort();
    close(ends[1]);
    if (waitpid(child, &status, 0) != child || status) abort();
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "fresh")) return hold_the_same();
    uint64_t random = seed_of(80), sum = 0;
    struct store store = new_store(MOST_BLOCKS);
    sum += churn(&store, &random);
    thin_out(&store, &random, &sum);
    sum += rest(&random);
    printf("figure resident_after_kib %zu\n", resident_kib());
    printf("figure survivors_pin_kib %zu\n", pinned_kib(&store));
    run_fresh(&store);
    while (store.used) sum += drop(&store, store.used - 1);
    print_checksum(sum);
}
