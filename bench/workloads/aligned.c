// Numerical and I/O code: vectors aligned to 32 and 64 bytes, structures on
// lines of their own (128) and page buffers (4096), by posix_memalign and
// aligned_alloc, 4,000 alive.
#include "work.h"

#define LIVE 4000
#define STEPS 6000000

static void *aligned_block(size_t alignment, size_t size, size_t step) {
    void *block = NULL;
    if (step & 1) block = aligned_alloc(alignment, size);
    else if (posix_memalign(&block, alignment, size)) block = NULL;
    if ((uintptr_t)checked(block) % alignment) abort();
    return block;
}

// A size that fits the use: pages for I/O, else a few vectors.
static size_t size_for(size_t alignment, uint64_t *random) {
    if (alignment == 4096) return 4096 * between(random, 1, 4);
    return alignment * between(random, 1, 12);
}

int main(void) {
    static const size_t alignments[16] = {32, 32, 32, 32, 32, 32, 64, 64,
                                          64, 64, 64, 64, 128, 128, 128, 4096};
    static void *blocks[LIVE];
    static uint32_t sizes[LIVE];
    uint64_t random = seed_of(12), sum = 0;
    for (size_t step = 0; step < STEPS; step++) {
        size_t at = between(&random, 0, LIVE - 1);
        size_t alignment = alignments[between(&random, 0, 15)];
        if (blocks[at]) sum += end_block(blocks[at], sizes[at]);
        sizes[at] = (uint32_t)size_for(alignment, &random);
        blocks[at] = aligned_block(alignment, sizes[at], step);
        write_block(blocks[at], sizes[at], step);
    }
    for (size_t i = 0; i < LIVE; i++)
        if (blocks[i]) sum += end_block(blocks[i], sizes[i]);
    print_checksum(sum);
}
