// A heap of x small live blocks (16 to 48 bytes): an index or a graph in memory that grows. Reports building it in a
// fresh process, replacing random blocks once it has aged, and taking it down.
//   live_blocks <x>
#include "scaling.h"

#define AGE_AT_MOST 10000000u
// Left to the rest of the machine.
#define KEEP_FREE_KIB (3u << 20)

struct heap {
    void **blocks;
    size_t count;
    uint64_t random;
};

static void *small_block(uint64_t *random) {
    uint64_t *block = malloc(between(random, 16, 48));
    if (block != NULL) *block = *random;
    return block;
}

static void replace(void *state, size_t n) {
    struct heap *heap = state;
    while (n-- > 0) {
        void **at = &heap->blocks[between(&heap->random, 0, heap->count - 1)];
        free(*at);
        *at = checked(small_block(&heap->random));
    }
}

// Why the heap could not be built.
static const char *build(struct heap *heap) {
    for (size_t i = 0; i < heap->count; i++) {
        if (i % (1u << 18) == 0 && proc_number("/proc/meminfo", "MemAvailable:") < KEEP_FREE_KIB)
            return "it would take more memory than there is";
        heap->blocks[i] = small_block(&heap->random);
        if (heap->blocks[i] == NULL) return "malloc returned NULL";
    }
    return NULL;
}

// If the estimate is wrong, this process goes and nobody else's.
static void be_first_to_die(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    if (write(file, "1000", 4) != 4) perror("oom_score_adj");
    close(file);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    struct heap heap = {.count = number(argv[1]), .random = seed_of(1)};
    be_first_to_die();
    heap.blocks = table(heap.count * sizeof(void *));
    // The table's own page faults are not malloc's.
    memset(heap.blocks, 1, heap.count * sizeof(void *));
    uint64_t start = processor_ns();
    const char *reason = build(&heap);
    uint64_t built = processor_ns();
    if (reason != NULL) {
        skip(heap.count, reason);
        return 0;
    }
    point(heap.count, (double)(built - start) / (double)heap.count, "build");
    replace(&heap, heap.count < AGE_AT_MOST ? heap.count : AGE_AT_MOST);
    point(heap.count, cost(replace, &heap, 60), "replace");
    start = processor_ns();
    for (size_t i = 0; i < heap.count; i++) free(heap.blocks[i]);
    point(heap.count, (double)(processor_ns() - start) / (double)heap.count, "free");
    return 0;
}
