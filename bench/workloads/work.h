// What the workload programs share: fixed-seed random numbers, sizes, and the
// reading and writing of blocks. Everything a program adds to its checksum
// depends on the seed alone, never on an address or on the order of threads,
// so that two allocators that did the same work print the same number.
#ifndef DAM_BENCH_WORK_H
#define DAM_BENCH_WORK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// xorshift64*: cheap enough not to be what is measured.
static inline uint64_t next_random(uint64_t *state) {
    uint64_t x = *state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1DULL;
}

// A start state for stream `number`, well apart from its neighbours.
static inline uint64_t seed_of(uint64_t number) {
    uint64_t z = (number + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    return (z ^ (z >> 27)) | 1;
}

// Uniform in low..high, both included.
static inline size_t between(uint64_t *state, size_t low, size_t high) {
    uint64_t span = high - low + 1;
    return low + (size_t)(((next_random(state) >> 32) * span) >> 32);
}

// Pareto with shape 1, cut at `high`: half of the blocks below 2 * low, a long tail.
static inline size_t pareto_size(uint64_t *state, size_t low, size_t high) {
    uint64_t u = (next_random(state) >> 32) | 1;
    uint64_t size = ((uint64_t)low << 32) / u;
    return size > high ? high : (size_t)size;
}

// Every octave from `low` on equally likely, uniform inside: low << 0 .. (low << octaves) - 1.
static inline size_t octave_size(uint64_t *state, size_t low, unsigned octaves) {
    size_t base = low << between(state, 0, octaves - 1);
    return base + between(state, 0, base - 1);
}

static inline void *checked(void *block) {
    if (block == NULL) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    return block;
}

// Writes a block as its owner would: each cache line of a small one, each
// half KiB of a big one, the header and the last byte. Needs size >= 8.
static inline void write_block(void *block, size_t size, uint64_t tag) {
    volatile unsigned char *bytes = (volatile unsigned char *)block;
    size_t stride = size <= 4096 ? 64 : 512;
    for (size_t at = stride; at < size; at += stride) bytes[at] = (unsigned char)(at / stride | 1);
    bytes[size - 1] = (unsigned char)(tag >> 8);
    *(volatile uint64_t *)block = tag;
}

// What `write_block` left in the block, and how large it is.
static inline uint64_t read_block(const void *block, size_t size) {
    const volatile unsigned char *bytes = (const volatile unsigned char *)block;
    return *(const volatile uint64_t *)block + bytes[size - 1] + 31 * size;
}

static inline void *new_block(size_t size, uint64_t tag) {
    void *block = checked(malloc(size));
    write_block(block, size, tag);
    return block;
}

static inline uint64_t end_block(void *block, size_t size) {
    uint64_t sum = read_block(block, size);
    free(block);
    return sum;
}

// Letters that depend on `seed` alone, for a cycle each; no end is written.
static inline void write_letters(char *text, size_t length, uint64_t seed) {
    for (size_t i = 0; i < length; i++) {
        text[i] = (char)('a' + (seed & 15));
        seed = seed >> 5 | seed << 59;
    }
}

// What a process holds beside the work that is measured: `kib` KiB in blocks
// of 16..2,000 bytes, alive to the end.
static inline uint64_t hold_state(size_t kib) {
    uint64_t random = seed_of(99), sum = 0;
    for (size_t held = 0; held < kib << 10;) {
        size_t size = pareto_size(&random, 16, 2000);
        sum += read_block(new_block(size, held), size);
        held += size;
    }
    return sum;
}

static inline void print_checksum(uint64_t sum) {
    printf("checksum %016llx\n", (unsigned long long)sum);
}

#endif
