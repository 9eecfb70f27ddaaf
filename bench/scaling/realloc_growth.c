// Two blocks that grow in turn by realloc, and are written as they grow: vectors and strings under construction.
//   realloc_growth factor <percent> <x>   from 16 bytes to x, each time by so many per cent: ns per KiB reached
//   realloc_growth step <bytes> <x>       from x on, each time by so many bytes: ns per call
#include "scaling.h"

#define BLOCKS 2
#define CALLS 256
#define BUDGET_NS 300000000u

static char *blocks[BLOCKS];

static void grow(size_t from, size_t to) {
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = checked(realloc(blocks[i], to));
        memset(blocks[i] + from, i + 1, to - from);
    }
}

static void drop(size_t size) {
    for (int i = 0; i < BLOCKS; i++) {
        uint64_t written = (uint64_t)i + 1;
        expect((uint64_t)blocks[i][0], written);
        expect((uint64_t)blocks[i][size / 2], written);
        expect((uint64_t)blocks[i][size - 1], written);
        free(blocks[i]);
        blocks[i] = NULL;
    }
}

static size_t percent, bytes, end;

static void by_factor(void *state, size_t n) {
    (void)state;
    for (; n > 0; n--, drop(end)) {
        grow(0, 16);
        for (size_t size = 16, next; size < end; size = next) {
            next = size + size * percent / 100;
            next = next > end ? end : next;
            grow(size, next);
        }
    }
}

// Per call; as many calls as the budget allows, for some allocators copy the whole block each time.
static double by_steps(void) {
    grow(0, end);
    uint64_t start = processor_ns(), now = start;
    size_t size = end, calls = 0;
    while (calls < CALLS && now - start < BUDGET_NS) {
        for (size_t i = 0; i < 16; i++, calls += BLOCKS, size += bytes) grow(size, size + bytes);
        now = processor_ns();
    }
    drop(size);
    return (double)(now - start) / (double)calls;
}

// The first rounds warm up. Small blocks are through in microseconds: the median of many rounds.
static double steps_cost(void) {
    enum { ROUNDS = 15 };
    double found[ROUNDS];
    size_t rounds = end > 1u << 20 ? 3 : ROUNDS;
    by_steps();
    for (size_t i = 0; i < rounds; i++) {
        double one = by_steps();
        size_t at = i;
        for (; at > 0 && found[at - 1] > one; at--) found[at] = found[at - 1];
        found[at] = one;
    }
    return found[rounds / 2];
}

// One growth more, all of which is read.
static uint64_t read_after_growth(void) {
    grow(0, 16);
    grow(16, end / 2);
    grow(end / 2, end);
    uint64_t sum = end;
    for (int i = 0; i < BLOCKS; i++)
        for (size_t at = 0; at < end; at += end > 1u << 20 ? 4096 : 1) sum = sum * 31 + (uint64_t)blocks[i][at];
    drop(end);
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    int is_factor = strcmp(argv[1], "factor") == 0;
    if (!is_factor && strcmp(argv[1], "step") != 0) return 2;
    end = number(argv[3]);
    if (end < 32) return 2;
    if (is_factor) {
        percent = number(argv[2]);
        if (percent < 7) return 2; // 16 bytes would not grow
        figure("factor", cost(by_factor, NULL, 30) / (BLOCKS * (double)end / 1024));
    } else {
        bytes = number(argv[2]);
        if (bytes == 0) return 2;
        figure("step", steps_cost());
    }
    print_checksum(read_after_growth());
    return 0;
}
