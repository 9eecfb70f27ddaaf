// Random replacement of blocks of x different sizes, evenly from 16 bytes to 8 KiB: a program with many types of object.
// The same number of blocks and, in the mean, of bytes is alive for every x.
//   classes <x>
#include "scaling.h"

#define LIVE (1u << 14)
#define SMALLEST 16u
#define MEAN 4096u

static uint64_t *blocks[LIVE];
static size_t sizes;
static uint64_t random_state;

static uint64_t *block_of_any_size(size_t at) {
    // Each size in the middle of its x-th of the range, so that the mean is the same for every x.
    size_t which = between(&random_state, 0, sizes - 1);
    size_t size = SMALLEST + (2 * which + 1) * (MEAN - SMALLEST) / sizes;
    uint64_t *block = checked(malloc(size));
    *block = tag_of(at);
    return block;
}

static void replace(void *state, size_t n) {
    (void)state;
    while (n-- > 0) {
        size_t at = between(&random_state, 0, LIVE - 1);
        expect(*blocks[at], tag_of(at));
        free(blocks[at]);
        blocks[at] = block_of_any_size(at);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    sizes = number(argv[1]);
    random_state = seed_of(1);
    if (sizes == 0) return 2;
    for (size_t i = 0; i < LIVE; i++) blocks[i] = block_of_any_size(i);
    replace(NULL, 8 * LIVE);
    figure("replace", cost(replace, NULL, 60));
    uint64_t sum = 0;
    for (size_t i = 0; i < LIVE; i++) sum = sum * 31 + *blocks[i];
    print_checksum(sum);
    return 0;
}
