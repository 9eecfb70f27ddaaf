// One block of x bytes, allocated and freed again and again: a buffer per request, of whatever size. Untouched, with its
// first byte written (a header), or written all over.
//   block_size untouched|first|full <x>
#include "scaling.h"

static size_t size;

static void untouched(void *state, size_t n) {
    (void)state;
    while (n-- > 0) free(checked(malloc(size)));
}

static void first(void *state, size_t n) {
    (void)state;
    while (n-- > 0) {
        volatile char *block = checked(malloc(size));
        *block = 1;
        free((void *)block);
    }
}

static void full(void *state, size_t n) {
    (void)state;
    while (n-- > 0) {
        void *block = checked(malloc(size));
        memset(block, 1, size);
        // The compiler must not reason away what nobody reads.
        __asm__ volatile("" : : "r"(block) : "memory");
        free(block);
    }
}

// Two blocks at once, each with marks of its own all over it.
static uint64_t two_blocks(void) {
    volatile unsigned char *one = checked(malloc(size)), *other = checked(malloc(size));
    uint64_t sum = size;
    size_t step = size / 1024 + 1;
    for (size_t at = 0, mark = 1; at < size; at += step, mark++) {
        one[at] = (unsigned char)mark;
        other[at] = (unsigned char)~mark;
    }
    one[size - 1] = 3;
    other[size - 1] = 5;
    for (size_t at = 0; at < size; at += step) sum = sum * 31 + one[at] + 7 * other[at];
    sum = sum * 31 + one[size - 1] + 7 * other[size - 1];
    free((void *)one);
    free((void *)other);
    return sum;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    size = number(argv[2]);
    void (*work)(void *, size_t) = strcmp(argv[1], "untouched") == 0 ? untouched
                                   : strcmp(argv[1], "first") == 0   ? first
                                   : strcmp(argv[1], "full") == 0    ? full
                                                                     : NULL;
    if (work == NULL || size == 0) return 2;
    figure(argv[1], cost(work, NULL, 20));
    print_checksum(two_blocks());
    return 0;
}
