// A storage engine's buffer cache: pages of 4..64 KiB on page boundaries
// (direct I/O wants them so), 1,500 in the cache, read in, changed, written
// out and evicted; beside each a 64-byte-aligned descriptor.
#include "work.h"
#include <string.h>

#define FRAMES 1500
#define STEPS 4000000

struct frame {
    uint64_t number, size;
    unsigned char *page;
    uint64_t pins[5];
};

static struct frame *read_in(uint64_t number, uint64_t *random) {
    struct frame *frame = checked(aligned_alloc(64, sizeof *frame));
    memset(frame, 0, sizeof *frame);
    frame->number = number;
    frame->size = (size_t)4096 << (next_random(random) >> 63 ? 0 : between(random, 0, 4));
    frame->page = checked(aligned_alloc(4096, frame->size));
    if ((uintptr_t)frame->page % 4096 || (uintptr_t)frame % 64) abort();
    write_block(frame->page, frame->size, number);
    return frame;
}

static uint64_t evict(struct frame *frame) {
    uint64_t sum = frame->pins[0] + end_block(frame->page, frame->size);
    free(frame);
    return sum;
}

int main(void) {
    static struct frame *cache[FRAMES];
    uint64_t random = seed_of(28), sum = 0;
    for (size_t step = 0; step < STEPS; step++) {
        size_t at = between(&random, 0, FRAMES - 1);
        if (cache[at] && next_random(&random) >> 62) {
            // A hit: pinned, a record on the page changed.
            cache[at]->pins[0]++;
            cache[at]->page[64 + step % 64] = (unsigned char)step;
            continue;
        }
        if (cache[at]) sum += evict(cache[at]);
        cache[at] = read_in(step, &random);
    }
    for (size_t i = 0; i < FRAMES; i++)
        if (cache[i]) sum += evict(cache[i]);
    print_checksum(sum);
}
