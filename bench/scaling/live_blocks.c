// A heap of x small live blocks (16 to 48 bytes): an index or a graph in memory that grows. Reports building it in a
// fresh process, replacing random blocks once it has aged, and taking it down.
//   live_blocks <x>
#include "scaling.h"

#define AGE_AT_MOST 10000000u
// Left to the rest of the machine.
#define KEEP_FREE_KIB (3u << 20)

struct heap {
    uint64_t **blocks;
    size_t count;
    uint64_t random;
};

static uint64_t *small_block(struct heap *heap, size_t at) {
    uint64_t *block = malloc(between(&heap->random, 16, 48));
    if (block != NULL) *block = tag_of(at);
    return block;
}

static void replace(void *state, size_t n) {
    struct heap *heap = state;
    while (n-- > 0) {
        size_t at = between(&heap->random, 0, heap->count - 1);
        expect(*heap->blocks[at], tag_of(at));
        free(heap->blocks[at]);
        heap->blocks[at] = checked(small_block(heap, at));
    }
}

// Why the heap could not be built.
static const char *build(struct heap *heap) {
    for (size_t i = 0; i < heap->count; i++) {
        if (i % (1u << 18) == 0 && proc_number("/proc/meminfo", "MemAvailable:") < KEEP_FREE_KIB)
            return "it would take more memory than there is";
        heap->blocks[i] = small_block(heap, i);
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
    heap.blocks = table(heap.count * sizeof *heap.blocks);
    // The table's own page faults are not malloc's.
    memset(heap.blocks, 1, heap.count * sizeof *heap.blocks);
    uint64_t start = processor_ns();
    const char *reason = build(&heap);
    uint64_t built = processor_ns();
    if (reason != NULL) {
        printf("skip %s\n", reason);
        return 0;
    }
    figure("build", (double)(built - start) / (double)heap.count);
    replace(&heap, heap.count < AGE_AT_MOST ? heap.count : AGE_AT_MOST);
    figure("replace", cost(replace, &heap, 60));
    uint64_t sum = 0;
    start = processor_ns();
    for (size_t i = 0; i < heap.count; i++) {
        sum = sum * 31 + *heap.blocks[i];
        free(heap.blocks[i]);
    }
    figure("free", (double)(processor_ns() - start) / (double)heap.count);
    print_checksum(sum);
    return 0;
}
