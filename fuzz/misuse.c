/* Random misuse mixed into random use: with on_violation=continue the allocator neither crashes nor hangs, what is not damaged
 * keeps its contents, its length and its door, and no two live blocks overlap.
 *
 *     LD_PRELOAD=libdam.so DAM_OPTIONS=on_violation=continue:... misuse SEED STEPS THREADS
 *
 * Correct calls run side by side. What writes where it must not, or frees what another thread might just be getting, runs while
 * no other thread is inside, so that the program knows exactly which blocks it damaged. See scripts/misuse.sh. */
#define _GNU_SOURCE
#include "soak_blocks.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

enum { CREW = 16, HELD = 160, FREED = 256, FAR = 8192, TOUCHED = 1 << 22, LINE = 6 };

struct freed { unsigned char *at; size_t size; };

/* What a worker has besides its blocks. `edge[n]`: the surroundings of block n may be damaged. */
static struct worker workers[CREW];
static bool edge[CREW][BLOCKS];
static struct freed freed[CREW][FREED];
static int crew, steps;
static uint64_t seed;

/* --- what this thread is doing, for handlers and for the last words --- */

enum standing { OUTSIDE, SHARED, ALONE };
static __thread int self __attribute__((tls_model("initial-exec")));
static __thread volatile enum standing standing __attribute__((tls_model("initial-exec")));
static __thread volatile uintptr_t own_from, own_to; /* where this thread itself reads or writes wildly */
static __thread sigjmp_buf back;
static volatile int step_of[CREW + 1];
static const char *volatile deed[CREW + 1];

static void fail(const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    dprintf(1, "FAILED: %.*s; seed %llu, worker %d, step %d, %s\n", length, text, (unsigned long long)seed, self,
            step_of[self], deed[self] ? deed[self] : "start");
    for (int nth = 0; nth <= crew; nth++) dprintf(1, "  worker %d: step %d, %s\n", nth, step_of[nth], deed[nth] ? deed[nth] : "-");
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void fatal(int sig, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    if ((sig == SIGSEGV || sig == SIGBUS) && own_to && at >= own_from && at < own_to) siglongjmp(back, 1);
    fail("signal %d at %p (%s)", sig, info->si_addr, sig == SIGALRM ? "it hangs" : "in the allocator, or in a live block");
}

/* --- many inside, or one alone; handlers come in as well --- */

static atomic_uint door_;
static const unsigned CLOSED = 1u << 31;

static bool try_enter(void) {
    unsigned seen = atomic_load(&door_);
    while (!(seen & CLOSED))
        if (atomic_compare_exchange_weak(&door_, &seen, seen + 1)) return true;
    return false;
}
static void enter(void) {
    while (!try_enter()) sched_yield();
    standing = SHARED;
}
static void enter_alone(void) {
    while (atomic_fetch_or(&door_, CLOSED) & CLOSED) sched_yield();
    while (atomic_load(&door_) != CLOSED) sched_yield();
    standing = ALONE;
}
static void leave(void) {
    enum standing was = standing;
    standing = OUTSIDE;
    was == ALONE ? atomic_fetch_and(&door_, ~CLOSED) : atomic_fetch_sub(&door_, 1);
}

/* --- where the program wrote what it should not --- */

static atomic_uchar touched[TOUCHED];

/* By cache lines; two lines may share a place, which only makes the program more careful. */
static bool was_touched(const unsigned char *at, size_t size) {
    for (uintptr_t line = (uintptr_t)at >> LINE; line <= ((uintptr_t)at + size) >> LINE; line++)
        if (touched[line % TOUCHED]) return true;
    return false;
}

/* Whether what belongs to a block, header and canaries, may have been damaged before there was the block. */
static bool touched_around(const struct block *block) {
    size_t behind = block->size > 16000 ? 8192 : block->size / 4 + 128;
    return was_touched(block->at - 128, 128) || was_touched(block->at + block->size, behind);
}

static void own_up(unsigned char *from, size_t length) {
    for (uintptr_t line = (uintptr_t)from >> LINE; line <= ((uintptr_t)from + length) >> LINE; line++) touched[line % TOUCHED] = 1;
    for (int nth = 0; nth < crew; nth++)
        for (size_t of = 0; of < workers[nth].count; of++) {
            struct block *block = &workers[nth].blocks[of];
            if (from < block->at + block->size && block->at < from + length) fill(block);
            if (from < block->at + block->size + FAR && block->at < from + length + FAR) edge[nth][of] = true;
        }
}

/* Writes wildly, alone. Guard pages stop it, and it may stop half way. */
static void wild_write(struct worker *worker, unsigned char *at, size_t length, int kind) {
    unsigned char bytes[4096];
    length = length > sizeof bytes ? sizeof bytes : length;
    unsigned char *other = worker->count ? worker->blocks[below(worker, worker->count)].at + worker->blocks[0].size : at;
    if (kind == 2 && sigsetjmp(back, 1) == 0) {
        own_from = (uintptr_t)other, own_to = own_from + sizeof bytes;
        memcpy(bytes, other, length);
    } else
        for (size_t n = 0; n < length; n++) bytes[n] = kind ? (unsigned char)next(worker) : 0;
    own_to = 0;
    if (sigsetjmp(back, 1) == 0) {
        own_from = (uintptr_t)at, own_to = own_from + length;
        for (size_t n = 0; n < length; n++) ((volatile unsigned char *)at)[n] = bytes[n];
    }
    own_to = 0;
    own_up(at, length);
}

/* --- correct use --- */

static size_t random_size(struct worker *worker) {
    switch (below(worker, 64)) {
    case 0: return 0;
    case 1 ... 44: return below(worker, 600);
    case 45 ... 56: return below(worker, 17000);
    case 57 ... 62: return below(worker, 300000);
    default: return below(worker, below(worker, 6) ? 2 << 20 : 10 << 20);
    }
}

static void put(struct worker *worker, struct block block, bool near) {
    edge[self][worker->count] = near;
    worker->blocks[worker->count++] = block;
}

static void took(struct worker *worker, struct block block) {
    if (!block.at) return; /* no memory is no fault of the allocator's here */
    if ((uintptr_t)block.at % block.align) fail("%p is not aligned to %zu", block.at, block.align);
    fill(&block);
    put(worker, block, touched_around(&block));
}

static struct block take(struct worker *worker, bool *near) {
    size_t nth = below(worker, worker->count);
    struct block block = worker->blocks[nth];
    *near = edge[self][nth];
    worker->blocks[nth] = worker->blocks[--worker->count];
    edge[self][nth] = edge[self][worker->count];
    return block;
}

static void whole(const struct block *block, size_t length, const char *when) {
    for (size_t at = 0; at < length; at += step(block, at)) {
        uint64_t value = word(block, at);
        if (memcmp(block->at + at, &value, length - at < 8 ? length - at : 8))
            fail("%s: contents of %p (%zu bytes, door %d) differ at %zu", when, block->at, block->size, block->door, at);
    }
}

static void gone(struct worker *worker, struct block block) {
    freed[self][below(worker, FREED)] = (struct freed){block.at, block.size};
}

static void allocate(struct worker *worker) {
    size_t size = random_size(worker), align = (size_t)16 << below(worker, 9);
    struct block block = {NULL, size, 1, next(worker), C};
    void *out = NULL;
    switch (below(worker, 9)) {
    case 0:
        block.at = out = calloc(1, size);
        for (size_t at = 0; out && at < size && !was_touched(out, size); at += step(&block, at))
            if (block.at[at]) fail("calloc: %p of %zu bytes is not zero at %zu", out, size, at);
        break;
    case 1: out = aligned_alloc(align, size), block.align = align; break;
    case 2: if (posix_memalign(&out, align, size)) out = NULL; block.align = align; break;
    case 3: out = new_plain(size), block.door = NEW; break;
    case 4: out = new_array(size), block.door = NEW_ARRAY; break;
    case 5: out = realloc(NULL, size); break;
    default: out = malloc(size);
    }
    block.at = out;
    took(worker, block);
}

static void give_back(struct worker *worker, const struct block *block) {
    bool sized = below(worker, 3) == 0;
    if (block->door == NEW) sized ? delete_sized(block->at, block->size) : delete_plain(block->at);
    else if (block->door == NEW_ARRAY) sized ? delete_array_sized(block->at, block->size) : delete_array(block->at);
    else sized ? sized_free(block->at, block->size) : free(block->at);
}

static void release(struct worker *worker) {
    bool near;
    struct block block = take(worker, &near);
    whole(&block, block.size, "free");
    size_t usable = malloc_usable_size(block.at);
    if (!near && usable != block.size) fail("%p: %zu usable bytes of %zu", block.at, usable, block.size);
    give_back(worker, &block);
    gone(worker, block);
}

static void resize(struct worker *worker) {
    bool near;
    struct block old = take(worker, &near), grown = old;
    size_t size = 1 + random_size(worker);
    if (old.door != C) return put(worker, old, near);
    whole(&old, old.size, "realloc");
    grown.at = realloc(old.at, size);
    if (!grown.at) return; /* what is damaged is not moved */
    struct block moved = old;
    moved.at = grown.at;
    if (size >= old.size) whole(&moved, old.size, "after realloc");
    if (grown.at != old.at) gone(worker, old);
    grown.size = size, grown.align = 1;
    took(worker, grown);
}

/* --- misuse --- */

static unsigned char still[4096], *mapped;

/* What is no block, whatever other threads do: wherever the pointer lies, no block begins there. */
static void *no_block(struct worker *worker) {
    unsigned char *here = __builtin_frame_address(0);
    size_t shift = 1 + below(worker, 200);
    struct block *mine = worker->count ? &worker->blocks[below(worker, worker->count)] : NULL;
    switch (below(worker, 8)) {
    case 0: return here - below(worker, 64);
    case 1: return still + 16 * below(worker, 100) + below(worker, 2);
    case 2: return mapped + 16 * below(worker, 512);
    case 3: return (void *)(below(worker, 4096) + 1);
    case 4: return (void *)(next(worker) | (uint64_t)1 << 63);
    default: return mine && mine->size > shift ? mine->at + shift : still + 8;
    }
}

static void use_wrongly(struct worker *worker, void *p) {
    size_t size = random_size(worker);
    void *out = NULL;
    switch (below(worker, 8)) {
    case 0: out = realloc(p, 1 + size); break;
    case 1: if (malloc_usable_size(p)) fail("%p is no block and has usable bytes", p); break;
    case 2: sized_free(p, size); break;
    case 3: delete_plain(p); break;
    case 4: delete_array_sized(p, size); break;
    case 5: sized_aligned_free(p, (size_t)1 << below(worker, 70) % 64, size); break;
    case 6: delete_aligned(p, next(worker)); break;
    default: free(p);
    }
    if (out) fail("realloc of %p, which is no block, gave %p", p, out);
}

static bool lives(const unsigned char *p) {
    for (int nth = 0; nth < crew; nth++)
        for (size_t of = 0; of < workers[nth].count; of++)
            if (workers[nth].blocks[of].at == p) return true;
    return false;
}

static bool in_child; /* the racing thread is not there */

/* What was freed; in a child nothing, since it does not know what other threads were just getting. */
static struct freed stale(struct worker *worker) {
    if (in_child) return (struct freed){NULL, 0};
    return freed[below(worker, (size_t)crew)][below(worker, FREED)];
}

/* Two threads free one block at the same moment. */
static _Atomic(void *) prize;
static void *race(void *unused) {
    self = crew;
    for (void *p; (p = atomic_load(&prize)) != still;) {
        if (p) free(p), atomic_store(&prize, NULL);
        else sched_yield();
    }
    return unused;
}

static void free_twice_at_once(struct worker *worker) {
    bool near;
    struct block block = take(worker, &near);
    if (block.door != C || in_child) return put(worker, block, near);
    atomic_store(&prize, block.at);
    free(block.at);
    while (atomic_load(&prize)) sched_yield();
    gone(worker, block);
}

static void leave_wrongly(struct worker *worker) {
    bool near;
    struct block block = take(worker, &near);
    switch (below(worker, 5)) {
    case 0: sized_free(block.at, block.size + 1 + below(worker, 100)); break;
    case 1: delete_sized(block.at, below(worker, block.size + 1)); break;
    case 2: delete_array(block.at); break;
    case 3: delete_plain(block.at); break;
    default: delete_sized(block.at, block.size);
    }
    /* Freed or, where it was refused, still there: nobody comes back to it. */
}

static void damage(struct worker *worker) {
    struct block *mine = &worker->blocks[below(worker, worker->count)];
    size_t length = 1 + below(worker, 64), skip = below(worker, 4) ? 0 : below(worker, 64);
    int kind = (int)below(worker, 3);
    struct freed old = stale(worker);
    switch (below(worker, 4)) {
    case 0: deed[self] = "overflow"; wild_write(worker, mine->at + mine->size + skip, length, kind); break;
    case 1: deed[self] = "underflow"; wild_write(worker, mine->at - length - skip, length, kind); break;
    case 2:
        deed[self] = "write after free";
        if (old.at && old.size) wild_write(worker, old.at + below(worker, old.size), length, kind);
        break;
    default:
        deed[self] = "write over a free block";
        if (old.at && !lives(old.at)) wild_write(worker, old.at - 16, old.size + 24, kind);
    }
}

static void misuse_alone(struct worker *worker) {
    enter_alone();
    struct freed old = stale(worker);
    switch (below(worker, 8)) {
    case 0: deed[self] = "freed at once by two"; if (worker->count) free_twice_at_once(worker); break;
    case 1: deed[self] = "wrong size or door"; if (worker->count) leave_wrongly(worker); break;
    case 2: case 3: deed[self] = "stale pointer"; if (old.at && !lives(old.at)) use_wrongly(worker, old.at); break;
    case 4:
        deed[self] = "far pointer";
        if (old.at) {
            unsigned char *p = (unsigned char *)(((uintptr_t)old.at & -(uintptr_t)65536) + below(worker, 4) * (below(worker, (size_t)1 << 32) & -(size_t)16) + below(worker, 65536));
            if (!lives(p)) use_wrongly(worker, p);
        }
        break;
    default: if (worker->count) damage(worker);
    }
    leave();
}

/* A handler that allocates, and now and then misuses. */
static void handler(int sig) {
    (void)sig;
    int error = errno;
    bool entered = standing == OUTSIDE && try_enter();
    static atomic_uint nth;
    unsigned n = atomic_fetch_add(&nth, 1);
    if (entered || standing != OUTSIDE) {
        size_t size = 1 + n * 37 % 3000;
        unsigned char *p = malloc(size);
        if (p) memset(p, (int)(n | 1), size);
        if (n % 5 == 0) free(still + 24);
        for (size_t at = 0; p && at < size; at++)
            if (p[at] != (unsigned char)(n | 1)) fail("a handler's block %p of %zu changed at %zu", p, size, at);
        free(p);
    }
    if (entered) atomic_fetch_sub(&door_, 1);
    errno = error;
}

static void one_step(struct worker *worker);

static void child(struct worker *worker) {
    in_child = true;
    alarm(60);
    atomic_store(&door_, 1);
    /* Of the others only what is theirs alone is known. */
    for (int nth = 0; nth < crew; nth++) if (nth != self) workers[nth].count = 0;
    for (int n = 0; n < 100; n++) {
        leave();
        one_step(worker);
        enter();
    }
    check_heap();
    _exit(0);
}

static void fork_once(struct worker *worker) {
    if (in_child) return;
    pid_t pid = fork();
    if (pid == 0) child(worker);
    int status = 0;
    leave(); /* the others go on */
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    enter();
    if (status) fail("a child ended with status %#x", status);
}

static void one_step(struct worker *worker) {
    size_t what = below(worker, 1000);
    if (what < 60) return misuse_alone(worker);
    enter();
    if (what < 90) deed[self] = "no block", use_wrongly(worker, no_block(worker));
    else if (what < 91) deed[self] = "fork", fork_once(worker);
    else if (what < 92) deed[self] = "heap check", check_heap();
    else if (what < 93) deed[self] = "trim", malloc_trim(0);
    else if (what < 250 && worker->count) deed[self] = "realloc", resize(worker);
    else if (worker->count == HELD || (what < 600 && worker->count)) deed[self] = "free", release(worker);
    else deed[self] = "allocate", allocate(worker);
    leave();
}

static int by_place(const void *a, const void *b) {
    const struct block *const *x = a, *const *y = b;
    return (*x)->at < (*y)->at ? -1 : (*x)->at > (*y)->at;
}

/* No two live blocks overlap, and each holds what was written to it. */
static void look_at_all(void) {
    static const struct block *all[CREW * BLOCKS];
    size_t count = 0;
    enter_alone();
    for (int nth = 0; nth < crew; nth++)
        for (size_t of = 0; of < workers[nth].count; of++) all[count++] = &workers[nth].blocks[of];
    qsort(all, count, sizeof *all, by_place);
    for (size_t n = 0; n < count; n++) {
        whole(all[n], all[n]->size, "looked at");
        if (n && all[n - 1]->at + all[n - 1]->size > all[n]->at) fail("%p and %p overlap", all[n - 1]->at, all[n]->at);
    }
    leave();
}

static void *live(void *worker) {
    self = (int)((struct worker *)worker - workers);
    stack_t stack = {.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), .ss_size = 65536};
    sigaltstack(&stack, NULL);
    for (int n = 0; n < steps; n++) {
        step_of[self] = n;
        one_step(worker);
        if (self == 0 && n % 500 == 0) look_at_all();
    }
    return worker;
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: misuse SEED STEPS THREADS\n"), 2;
    seed = strtoull(argv[1], NULL, 0), steps = atoi(argv[2]), crew = atoi(argv[3]);
    if (crew < 1 || crew > CREW) return 2;
    find_symbols();
    mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction on = {.sa_sigaction = fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    for (int n = 0; n < 6; n++) sigaction((int[]){SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGTRAP, SIGALRM}[n], &on, NULL);
    struct sigaction often = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGPROF, &often, NULL);
    alarm(100);
    pthread_t threads_[CREW], racer;
    pthread_create(&racer, NULL, race, NULL);
    struct itimerval timer = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_PROF, &timer, NULL);
    for (int nth = 0; nth < crew; nth++) {
        workers[nth].random = seed * 1000 + (uint64_t)nth;
        pthread_create(&threads_[nth], NULL, live, &workers[nth]);
    }
    for (int nth = 0; nth < crew; nth++) pthread_join(threads_[nth], NULL);
    memset(&timer, 0, sizeof timer);
    setitimer(ITIMER_PROF, &timer, NULL);
    look_at_all();
    atomic_store(&prize, still);
    pthread_join(racer, NULL);
    check_heap();
    dam_stats_t stats;
    if (get_stats(&stats, sizeof stats) || !stats.violations) fail("no violation was counted");
    dprintf(1, "ok: seed %llu, %llu violations\n", (unsigned long long)seed, (unsigned long long)stats.violations);
    return 0;
}
