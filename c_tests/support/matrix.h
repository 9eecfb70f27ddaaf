// What the programs of the matrix share. Each does one misuse and says on standard output how far it has come: `stage free`
// before the block is freed, and so on. So the runner knows when the misuse was caught, whether DAM goes on or aborts.
//
//     program SIZE [same|other|ended [WAY]]
//
// SIZE is what is asked for; the block is made by the thread that misuses it, by another one, or by one that has ended.
#ifndef DAM_TEST_MATRIX_H
#define DAM_TEST_MATRIX_H
#include "threads.h"

#include <semaphore.h>

static size_t size;
static const char *threads = "same", *way = "";

__attribute__((unused)) static bool is_way(const char *name) { return strcmp(way, name) == 0; }

static void tell(const char *word, const char *rest) {
    char line[80];
    int n = snprintf(line, sizeof line, "%s%s\n", word, rest);
    CHECK(write(1, line, n) == n);
}

// The pointer that the report must name.
__attribute__((unused)) static void concerns(const void *p) {
    char number[32];
    snprintf(number, sizeof number, "%#zx", (size_t)p);
    tell("block ", number);
}

__attribute__((noreturn)) static void finish(const char *what) {
    tell(what, "");
    exit(0);
}

// Where what comes next would be caught. What was caught before ends the program here if DAM goes on after a violation.
static void stage(const char *name) {
    if (violations()) finish("CAUGHT");
    tell("stage ", name);
}

// A thread that does what it is told: it is there from the start, since starting one is a use of the heap.
static struct {
    sem_t asked, done;
    void (*todo)(void *);
    void *with;
} helper;

static void *help(void *nothing) {
    for (;;) {
        while (sem_wait(&helper.asked)) {}
        helper.todo(helper.with);
        sem_post(&helper.done);
    }
    return nothing;
}

__attribute__((unused)) static void by_other_thread(void (*todo)(void *), void *with) {
    helper.todo = todo, helper.with = with;
    sem_post(&helper.asked);
    while (sem_wait(&helper.done)) {}
}

static void begin(int count, char **words) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(20);
    size = strtoul(words[1], NULL, 10);
    if (count > 2) threads = words[2];
    if (count > 3) way = words[3];
    CHECK(!sem_init(&helper.asked, 0, 0) && !sem_init(&helper.done, 0, 0));
    start(help, NULL);
    stage("make");
}

// Live blocks of the same size on both sides, as in a heap in use: the block is neither the first nor the last of its kind.
static size_t around = 16 * KIB;  // bytes of them on each side, where they are small
static void *neighbours[1 << 18];
static size_t neighbour_count;

static void make_neighbours(void) {
    const char *options = getenv("DAM_OPTIONS");
    bool has_own_pages = options && strstr(options, "paranoid");
    size_t wanted = has_own_pages || size > around / 3 ? 3 : around / (size + 16);
    for (size_t i = 0; size && i < wanted; i++) CHECK(neighbours[neighbour_count++] = malloc(size));
}

static void *make_here(void *place) {
    make_neighbours();
    void *p = malloc(size);
    make_neighbours();
    return place ? *(void **)place = p : p;
}

static void make_it(void *place) { make_here(place); }

// A block of `size` bytes by the thread that the situation asks for.
__attribute__((unused)) static unsigned char *make(void) {
    void *p;
    if (!strcmp(threads, "other")) by_other_thread(make_it, &p);
    else if (!strcmp(threads, "ended")) p = join(start(make_here, NULL));
    else p = make_here(NULL);
    CHECK(p);
    concerns(p);
    return (unsigned char *)p;
}

__attribute__((unused)) static void free_neighbours(void) {
    while (neighbour_count) free(neighbours[--neighbour_count]);
}

// A byte that is not what is there.
__attribute__((unused)) static unsigned char other_than(unsigned char byte) { return byte == 'A' ? 'B' : 'A'; }

// Writes over n bytes by the way that was asked for.
__attribute__((unused)) static void overwrite(unsigned char *at, size_t n) {
    stage("access");
    at = (unsigned char *)opaque(at);
    if (is_way("zero")) {
        for (size_t i = 0; i < n; i++) ((volatile unsigned char *)at)[i] = 0;
    } else if (is_way("memcpy")) {
        static unsigned char source[1 << 20];
        for (size_t i = 0; i < n; i++) source[i] = i ? 'x' : other_than(*at);
        memcpy(at, source, n);
    } else {
        for (size_t i = 0; i < n; i++) ((volatile unsigned char *)at)[i] ^= 0x5a;
    }
}

// The block's time has come, and that of its neighbours.
__attribute__((unused)) static void give(void *p) {
    stage("free");
    free(opaque(p));
    free_neighbours();
}

// The program goes on without ever asking for the size again.
__attribute__((unused)) static void go_on(void) {
    stage("next");
    for (int i = 0; i < 32; i++) free(opaque(malloc(size > 100 && size < 300 ? 3000 : 200)));
}

// It asks for so many blocks of the size that the freed one must be among them, unless it is kept back.
__attribute__((unused)) static void use_again(void) {
    stage("reuse");
    for (int i = 0; i < 200; i++) free(opaque(malloc(1000))), free(opaque(malloc(20000)));  // what waits for that has waited
    for (size_t i = 0; i < (size > 1000000 ? 20 : size > 5000 ? 300 : 3000); i++) malloc(size);
}

__attribute__((unused, noreturn)) static void check(void) {
    stage("check");
    dam_check_heap();
    stage("end");
    finish("NOT CAUGHT");
}

// What is left to do for a program whose block is freed.
__attribute__((unused, noreturn)) static void use_again_and_check(void) {
    use_again();
    check();
}

// Gives a pointer that is no block's to the allocator by the way that was asked for: free, realloc or usable_size.
__attribute__((unused)) static void give_away(void *p) {
    concerns(p);
    stage("free");
    if (is_way("realloc")) opaque(realloc(opaque(p), 100));
    else if (is_way("usable_size")) opaque((void *)malloc_usable_size(opaque(p)));
    else free(opaque(p));
}

// The end of a program whose block went by another door than it came by.
__attribute__((unused, noreturn)) static void finish_counted(void) {
    if (!violations() && stats().dealloc_mismatches == 1) finish("COUNTED");
    use_again_and_check();
}
#endif
