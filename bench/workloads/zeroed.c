// A program that asks for zeroed memory, as GUI toolkits and interpreters do:
// structures of 24..2,000 bytes and now and then a table of 16..256 KiB, all
// by calloc, 8,000 alive. The program relies on the zeros: it adds up what it
// finds before it writes.
#include "work.h"

#define LIVE 8000
#define STEPS 9000000

static size_t structure_size(uint64_t *random) {
    if (between(random, 0, 999) == 0) return octave_size(random, 16 << 10, 4);
    return pareto_size(random, 24, 2000);
}

int main(void) {
    static void *blocks[LIVE];
    static uint32_t sizes[LIVE];
    uint64_t random = seed_of(11), sum = 0;
    for (size_t step = 0; step < STEPS; step++) {
        size_t at = between(&random, 0, LIVE - 1);
        if (blocks[at]) sum += end_block(blocks[at], sizes[at]);
        sizes[at] = (uint32_t)structure_size(&random);
        blocks[at] = checked(calloc(1, sizes[at]));
        sum += (read_block(blocks[at], sizes[at]) - 31 * sizes[at]) * 1000003;
        write_block(blocks[at], sizes[at], step);
    }
    for (size_t i = 0; i < LIVE; i++)
        if (blocks[i]) sum += end_block(blocks[i], sizes[i]);
    print_checksum(sum);
}
