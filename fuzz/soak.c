/* Many threads over every entry point and tier, for long: blocks are handed between threads,
 * threads come and go, processes are forked, memory is trimmed, and all of it is checked.
 *
 *     LD_PRELOAD=libdam.so soak SECONDS THREADS SEED
 *
 * Legal use alone: the allocator must report nothing. See scripts/soak.sh. */
#define _GNU_SOURCE
#include "soak_blocks.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* --- calls --- */

static size_t random_size(struct worker *worker) {
    switch (below(worker, 64)) {
    case 0: return 0;
    case 1 ... 40: return below(worker, 513);
    case 41 ... 52: return below(worker, 16500);
    case 53 ... 55: return 16370 + below(worker, 20);
    case 56 ... 61: return below(worker, 200000);
    case 62: return ((size_t)1 << (20 + below(worker, 4))) - 10 + below(worker, 20);
    default: return below(worker, below(worker, 4) ? 2 << 20 : 20 << 20);
    }
}

static void allocate(struct worker *worker) {
    size_t size = random_size(worker), align = (size_t)1 << below(worker, 17);
    size_t factor = size % 3 ? 1 : 3, power = align < 16 ? 16 : align;
    struct block block = {NULL, size, 16, next(worker), C};
    void *out = NULL;
    switch (below(worker, 14)) {
    case 0: out = calloc(factor, size / factor); break;
    case 1: out = aligned_alloc(align, size), block.align = align; break;
    case 2: out = memalign(align, size), block.align = align; break;
    case 3: if (posix_memalign(&out, power, size)) out = NULL; block.align = power; break;
    case 4: out = valloc(size), block.align = 4096; break;
    case 5: block.size = (size + 4095) & -4096ul; out = pvalloc(size), block.align = 4096; break;
    case 6: out = reallocarray(NULL, size / factor, factor); break;
    case 7: out = new_plain(size), block.door = NEW; break;
    case 8: out = new_array(size), block.door = NEW_ARRAY; break;
    case 9: out = new_aligned(size, power), block.align = power, block.door = NEW; break;
    case 10: out = new_array_aligned(size, power), block.align = power, block.door = NEW_ARRAY; break;
    case 11: out = realloc(NULL, size); break;
    case 12: out = calloc(1, size); if (out) { block.at = out; verify_zero(&block); } break;
    default: out = malloc(size);
    }
    block.at = out;
    keep(worker, block);
    fill(&block);
    atomic_fetch_add_explicit(&own_allocations, 1, memory_order_relaxed);
}

static void give_back(struct worker *worker, const struct block *block) {
    unsigned way = (unsigned)below(worker, 4);
    errno = 77;
    if (block->door == NEW)
        way == 0 ? delete_sized(block->at, block->size)
        : way == 1 ? delete_aligned(block->at, block->align) : delete_plain(block->at);
    else if (block->door == NEW_ARRAY)
        way == 0 ? delete_array_sized(block->at, block->size)
        : way == 1 ? delete_array_aligned(block->at, block->align) : delete_array(block->at);
    else
        way == 0 ? sized_free(block->at, block->size)
        : way == 1 ? sized_aligned_free(block->at, block->align, block->size) : free(block->at);
    if (errno != 77) die("free changed errno to %d", errno);
    atomic_fetch_add_explicit(&own_frees, 1, memory_order_relaxed);
}

static void release(struct worker *worker) {
    if (!worker->count) return;
    struct block block = take_out(worker, below(worker, worker->count));
    verify(&block, block.size, "free");
    give_back(worker, &block);
}

static void resize(struct worker *worker) {
    if (!worker->count) return;
    size_t nth = below(worker, worker->count), size = random_size(worker);
    if (worker->blocks[nth].door != C) return;
    struct block old = take_out(worker, nth), grown = old;
    verify(&old, old.size, "realloc");
    size_t factor = size % 5 ? 1 : 5;
    grown.at = below(worker, 2) ? realloc(old.at, size) : reallocarray(old.at, size / factor, factor);
    if (!size) {
        if (grown.at) die("realloc(p, 0) returned %p", grown.at);
        atomic_fetch_add_explicit(&own_frees, 1, memory_order_relaxed);
        return;
    }
    grown.size = size, grown.align = 16;
    keep(worker, grown);
    /* The old pattern, in the new place; how much of it is looked at depends on the old size. */
    struct block moved = old;
    moved.at = grown.at;
    if (size >= old.size) verify(&moved, old.size, "after realloc");
    else for (size_t at = 0; at < size; at += step(&old, at))
        verify(&(struct block){grown.at + at, 8, 16, old.fill ^ at, C}, size - at < 8 ? size - at : 8,
               "after realloc");
    grown.fill = worker->blocks[worker->count - 1].fill = next(worker);
    fill(&grown);
}

/* --- between threads --- */

static struct { pthread_mutex_t lock; struct block block; } shelves[SHELVES];

static void exchange(struct worker *worker) {
    size_t place = below(worker, SHELVES);
    struct block mine = {0}, other;
    if (worker->count && below(worker, 2)) mine = take_out(worker, below(worker, worker->count));
    pthread_mutex_lock(&shelves[place].lock);
    other = shelves[place].block;
    shelves[place].block = mine;
    pthread_mutex_unlock(&shelves[place].lock);
    if (mine.at) atomic_fetch_add(&live_bytes, mine.size), atomic_fetch_add(&handed_over, 1);
    if (!other.at) return;
    verify(&other, other.size, "handed over");
    atomic_fetch_sub(&live_bytes, other.size);
    keep(worker, other);
}

/* The copy of a process: everything of this thread is there, and the allocator works. */
static void child(struct worker *worker) {
    alarm(120);
    for (size_t nth = 0; nth < worker->count; nth++)
        verify(&worker->blocks[nth], worker->blocks[nth].size, "in a child");
    for (int round = 0; round < 300; round++) {
        if (worker->count > BLOCKS / 2 || round % 3 == 0) release(worker);
        else allocate(worker);
    }
    size_t faults = check_heap();
    _exit(faults ? 3 : 0);
}

static void fork_once(struct worker *worker) {
    if (atomic_fetch_add(&forking, 1) < FORKS) {
        pid_t pid = fork();
        if (pid == 0) child(worker);
        int status = -1;
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
        if (status) {
            atomic_fetch_add(&bad_children, 1);
            dprintf(1, "a child ended with status %#x (fork: %d)\n", status, (int)pid);
        }
        atomic_fetch_add(&forks, 1);
    }
    atomic_fetch_sub(&forking, 1);
}

static void query(struct worker *worker) {
    dam_stats_t stats;
    if (get_stats(&stats, sizeof stats) || stats.violations || stats.pools_quarantined)
        atomic_fetch_add(&bad_stats, 1);
    if (below(worker, 4) == 0) malloc_trim(0), atomic_fetch_add(&trims, 1);
    else if (mallinfo2().uordblks == 0) atomic_fetch_add(&bad_stats, 1);
}

static size_t share; /* of the limit, for each thread */

static void one_call(struct worker *worker) {
    /* Tides: a thread fills up and empties again, several times in its life. */
    if (below(worker, 3000) == 0) worker->ebb = !worker->ebb;
    bool ebb = worker->ebb || worker->bytes > share || worker->count > BLOCKS - 8
        || atomic_load(&live_bytes) > LIVE_LIMIT;
    size_t what = below(worker, 4000);
    if (what == 0) fork_once(worker);
    else if (what < 4) query(worker);
    else if (what < 500) exchange(worker);
    else if (what < 1100) resize(worker);
    else if (what < (ebb ? 1300 : 2700)) allocate(worker);
    else release(worker);
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

/* A thread's life. The worker's table is from malloc too: freed by who joins the thread. */
static void *live(void *argument) {
    struct worker *worker = argument;
    size_t length = below(worker, 20000);
    for (size_t call = 0; call < length && !atomic_load(&stop); call++) {
        one_call(worker);
    }
    while (worker->count) release(worker);
    return worker;
}

static void *watch(void *unused) {
    while (!atomic_load(&stop)) {
        size_t faults = check_heap();
        atomic_fetch_add(&inconsistencies, faults);
        atomic_fetch_add(&checks, 1);
        usleep(500000);
    }
    return unused;
}

/* --- the run --- */

static pthread_attr_t attributes;

static pthread_t begin(void *(*body)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, body, argument);
    if (error) die("pthread_create: %s", strerror(error));
    atomic_fetch_add(&threads, 1);
    return thread;
}

static void *idle(void *barrier) {
    pthread_barrier_wait(barrier);
    return NULL;
}

/* As many threads as the run has at once: what libc keeps of ended threads is there from now on. */
static void warm_up(int count) {
    static pthread_t crowd[MAX_THREADS];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int nth = 0; nth < count; nth++) crowd[nth] = begin(idle, &barrier);
    for (int nth = 0; nth < count; nth++) pthread_join(crowd[nth], NULL);
    pthread_barrier_destroy(&barrier);
}

static dam_stats_t statistics(void) {
    dam_stats_t stats;
    if (get_stats(&stats, sizeof stats)) die("dam_get_stats");
    return stats;
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static time_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

static void progress(time_t elapsed) {
    dam_stats_t stats = statistics();
    dprintf(1, "%5ld s: %llu calls, %llu handed over, %llu threads, %llu forks, %llu heap checks, "
               "%llu trims; %llu MiB live, %llu MiB committed, peak %ld MiB\n",
            (long)elapsed, calls, handed_over, threads, forks, checks, trims,
            (unsigned long long)stats.requested_bytes >> 20,
            (unsigned long long)stats.committed_bytes >> 20, peak_kib() >> 10);
}

static struct worker *new_worker(uint64_t seed) {
    struct worker *worker = malloc(sizeof *worker);
    if (!worker) die("no memory for a thread");
    worker->random = seed, worker->count = worker->bytes = 0, worker->ebb = false;
    return worker;
}

static void run(int seconds, int count, uint64_t seed) {
    static pthread_t crowd[MAX_THREADS];
    struct worker *sower = new_worker(seed);
    time_t start = now(), minute = 0;
    pthread_t watcher = begin(watch, NULL);
    for (int nth = 0; nth < count; nth++) crowd[nth] = begin(live, new_worker(next(sower)));
    for (int nth = 0; now() - start < seconds; nth = (nth + 1) % count) {
        void *ended;
        struct timespec wait;
        clock_gettime(CLOCK_REALTIME, &wait);
        wait.tv_nsec += wait.tv_nsec < 990000000 ? 10000000 : 0;
        if (pthread_timedjoin_np(crowd[nth], &ended, &wait) == 0) {
            free(ended);
            crowd[nth] = begin(live, new_worker(next(sower)));
        }
        if ((now() - start) / 60 > minute) progress((minute = (now() - start) / 60) * 60);
    }
    atomic_store(&stop, true);
    for (int nth = 0; nth < count; nth++) {
        void *ended;
        pthread_join(crowd[nth], &ended);
        free(ended);
    }
    pthread_join(watcher, NULL);
    for (size_t place = 0; place < SHELVES; place++) {
        struct block block = shelves[place].block;
        if (!block.at) continue;
        verify(&block, block.size, "left on a shelf");
        atomic_fetch_sub(&live_bytes, block.size);
        give_back(sower, &block);
    }
    free(sower);
    progress(now() - start);
}

static int passed, failed;

static void expect(bool holds, const char *what) {
    dprintf(1, "%s: %s\n", holds ? "ok" : "FAILED", what);
    holds ? passed++ : failed++;
}

static void judge(const dam_stats_t *before) {
    dam_stats_t after = statistics();
    dprintf(1, "allocated: small %llu, middle %llu, large %llu, zero %llu; slots lost to forks %llu\n",
            (unsigned long long)after.small_allocations, (unsigned long long)after.middle_allocations,
            (unsigned long long)after.large_allocations, (unsigned long long)after.zero_allocations,
            (unsigned long long)after.leaked_by_fork);
    dprintf(1, "live blocks: small %llu -> %llu, middle %llu -> %llu, large %llu -> %llu, zero %llu -> %llu\n",
            (unsigned long long)before->small_live, (unsigned long long)after.small_live,
            (unsigned long long)before->middle_live, (unsigned long long)after.middle_live,
            (unsigned long long)before->large_live, (unsigned long long)after.large_live,
            (unsigned long long)before->zero_live, (unsigned long long)after.zero_live);
    expect(calls > 10000 && forks > 0 && checks > 1 && trims > 0 && handed_over > 100
           && after.middle_allocations > before->middle_allocations + 100
           && after.large_allocations > before->large_allocations + 100
           && after.zero_allocations > before->zero_allocations + 100, "all of it was used");
    expect(inconsistencies == 0 && check_heap() == 0, "no heap check found anything");
    expect(bad_children == 0, "every child found its copy intact and could allocate");
    expect(bad_stats == 0 && after.violations == 0, "no violation was ever counted");
    expect(own_allocations == own_frees && live_bytes == 0, "the test freed what it allocated");
    expect(after.small_allocations - after.small_frees == after.small_live
           && after.middle_allocations - after.middle_frees == after.middle_live
           && after.large_allocations - after.large_frees == after.large_live
           && after.zero_allocations - after.zero_frees == after.zero_live
           && after.small_live + after.middle_live + after.large_live + after.zero_live
              == after.live_blocks, "allocations - frees = live in every tier");
    expect(after.live_blocks == before->live_blocks
           && after.requested_bytes == before->requested_bytes, "as much lives as before the run");
    expect(after.dealloc_mismatches == before->dealloc_mismatches, "every block left by its door");
    expect(peak_kib() < PEAK_LIMIT, "memory stayed below 2 GiB");
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: soak SECONDS THREADS SEED\n"), 2;
    int seconds = atoi(argv[1]), count = atoi(argv[2]);
    uint64_t seed = strtoull(argv[3], NULL, 0);
    if (seconds < 1 || count < 1 || count > MAX_THREADS) return fprintf(stderr, "soak: range\n"), 2;
    find_symbols();
    share = LIVE_LIMIT / (size_t)count;
    for (size_t place = 0; place < SHELVES; place++) pthread_mutex_init(&shelves[place].lock, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    dprintf(1, "soak: %d seconds, %d threads, seed %llu\n", seconds, count, (unsigned long long)seed);
    warm_up(count + 1);
    dam_stats_t before = statistics();
    run(seconds, count, seed);
    judge(&before);
    dprintf(1, "%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
