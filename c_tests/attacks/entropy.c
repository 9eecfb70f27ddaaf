// What an attacker who knows DAM but not its secrets can foretell, over 1,000 processes of the hardened profile: how soon
// a freed block is handed out again, where the next block lies, where the heap lies. The bounds are loose, and still none
// holds with `random_slots=0` (where blocks lie) or `delay_kib=0` (when they come again). `scripts/entropy.sh` prints the
// figures for several options. To be expected: a freed block of 100 bytes comes again after 64 KiB of others, 586 requests
// or more; the next one lies at one of 25 to 50 distances, 5 bits; where a size lies, 38 bits, and 33 for who knows where
// another one lies. Of the middle tier: 36 bits, and the next block beside the last one in a tenth to a fifth of the cases. The
// next pool is one of up to eight; two large blocks are as far apart as they are long, and up to a quarter farther.
// options: profile=hardened
// modes: preload
// timeout: 300
#include "attack.h"

enum { RUNS = 1000, LONG_AGO = 4096 };
static const size_t small = 100, middle = 30000, large = 1 << 20;

// What one process sees.
struct run {
    size_t small_reuse, middle_reuse;  // requests of one size until a freed block of it comes again
    ptrdiff_t small_step, middle_step;  // from one block to the next
    ptrdiff_t refilled_step, middle_later, large_step;  // the same after the thread has used many; of large ones
    size_t tenth_pool;                  // which of a size's pools, counted by address, is the tenth that comes into use
    uintptr_t small_place, other_place, middle_place;
};

static size_t requests_until_reuse(size_t size) {
    void *freed = malloc(size);
    free(freed);
    for (size_t i = 1; i < LONG_AGO; i++) {
        void *p = malloc(size);
        free(p);
        if (p == freed) return i;
    }
    return LONG_AGO;
}

static ptrdiff_t step(size_t size) {
    char *a = malloc(size), *b = malloc(size);
    return b - a;
}

// Blocks of 2,000 bytes come in pools of 64 slots of 2,112.
static size_t tenth_pool(void) {
    enum { MANY = 1500 };
    static const size_t pool_bytes = 64 * 2112;
    static uintptr_t blocks[MANY];
    uintptr_t lowest = UINTPTR_MAX;
    for (size_t i = 0; i < MANY; i++) {
        blocks[i] = (uintptr_t)opaque(malloc(2000));
        if (blocks[i] < lowest) lowest = blocks[i];
    }
    char seen[MANY] = {0};
    for (size_t i = 0, pools = 0; i < MANY; i++) {
        size_t pool = (blocks[i] - lowest) / pool_bytes;
        if (pool >= MANY) return pool;
        if (!seen[pool] && ++pools == 10) return pool;
        seen[pool] = 1;
    }
    return MANY;
}

static struct run look(void) {
    struct run run = {.small_place = (uintptr_t)malloc(small), .other_place = (uintptr_t)malloc(500)};
    run.middle_place = (uintptr_t)malloc(middle);
    run.small_step = step(small), run.middle_step = step(middle);
    run.small_reuse = requests_until_reuse(small), run.middle_reuse = requests_until_reuse(middle);
    for (size_t i = 0; i < 2000; i++) opaque(malloc(small));
    run.refilled_step = step(small);
    run.tenth_pool = tenth_pool();
    for (size_t i = 0; i < 300; i++) opaque(malloc(middle));
    run.middle_later = step(middle), run.large_step = step(large);
    return run;
}

static struct run runs[RUNS];

static void look_and_tell(int to) {
    struct run run = look();
    CHECK_EQ(write(to, &run, sizeof run), sizeof run);
    _exit(0);
}

// A process of its own, since one that is forked has its parent's secrets.
static void collect(const char *program) {
    for (size_t i = 0; i < RUNS; i++) {
        int ends[2];
        CHECK_EQ(pipe(ends), 0);
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            char to[20];
            snprintf(to, sizeof to, "%d", ends[1]);
            execl(program, program, "look", to, (char *)NULL);
            _exit(97);
        }
        close(ends[1]);
        CHECK_EQ(read(ends[0], &runs[i], sizeof runs[i]), sizeof runs[i]);
        close(ends[0]);
        int status;
        CHECK(waitpid(pid, &status, 0) == pid && status == 0);
    }
}

#define COLUMN(member) (offsetof(struct run, member) / sizeof(uintptr_t))
static uintptr_t values[RUNS];

static void take(size_t column) {
    for (size_t i = 0; i < RUNS; i++) values[i] = ((uintptr_t *)&runs[i])[column];
    qsort(values, RUNS, sizeof *values, by_start);
}

// The chance of the best guess, in thousandths.
static size_t most_frequent(size_t column) {
    take(column);
    size_t most = 0;
    for (size_t i = 0, n = 0; i < RUNS; i++) {
        n = i && values[i] == values[i - 1] ? n + 1 : 1;
        if (n > most) most = n;
    }
    return most * 1000 / RUNS;
}

// Of how many bits both values are frequent.
static size_t free_bits(size_t column) {
    size_t bits = 0;
    for (size_t bit = 0; bit < 64; bit++) {
        size_t ones = 0;
        for (size_t i = 0; i < RUNS; i++) ones += ((uintptr_t *)&runs[i])[column] >> bit & 1;
        bits += ones > RUNS / 4 && ones < RUNS * 3 / 4;
    }
    return bits;
}

static size_t reuse(const char *what, size_t column) {
    take(column);
    printf("%-8s requests until a freed block comes again: at least %zu, in the middle %zu%s\n", what, (size_t)values[0],
           (size_t)values[RUNS / 2], values[RUNS / 2] == LONG_AGO ? " (or more)" : "");
    return values[0];
}

static size_t guess(const char *what, size_t column, const char *of_what) {
    size_t thousandths = most_frequent(column);
    printf("%-8s %s: the best guess is right in %zu.%zu %%\n", what, of_what, thousandths / 10, thousandths % 10);
    return thousandths;
}

static size_t place(const char *what, size_t column) {
    size_t bits = free_bits(column);
    printf("%-8s address of the first block: %zu bits are random\n", what, bits);
    return bits;
}

int main(int count, char **words) {
    if (count == 3) look_and_tell(atoi(words[2]));
    collect("/proc/self/exe");
    // Windows of two classes against each other: what one leaked address says of the other.
    for (size_t i = 0; i < RUNS; i++) runs[i].other_place -= runs[i].small_place;
    size_t small_reuse = reuse("small", COLUMN(small_reuse)), middle_reuse = reuse("middle", COLUMN(middle_reuse));
    const char *next = "distance of the next block";
    size_t first = guess("small", COLUMN(small_step), next), later = guess("later", COLUMN(refilled_step), next);
    size_t middle_first = guess("middle", COLUMN(middle_step), next), middle_later = guess("later", COLUMN(middle_later), next);
    size_t large_first = guess("large", COLUMN(large_step), next);
    size_t pool = guess("small", COLUMN(tenth_pool), "next pool");
    size_t at = place("small", COLUMN(small_place)), apart = place("another", COLUMN(other_place));
    size_t middle_at = place("middle", COLUMN(middle_place));
    fflush(stdout);
    if (!under("profile=hardened")) return 0;
    CHECK_GE(small_reuse, 300);
    CHECK_GE(middle_reuse, 12);
    CHECK_LE(first, 250);
    CHECK_LE(later, 250);
    CHECK_GE(at, 30);
    CHECK_GE(apart, 25);
    CHECK_GE(middle_at, 30);
    CHECK_LE(middle_first, 300);
    CHECK_LE(middle_later, 400);
    CHECK_LE(large_first, 250);
    CHECK_LE(pool, 300);
    return 0;
}
