// One misuse of the heap, named by the argument, that some allocators are documented to catch. Prints
// "unnoticed" when it went through, "prevented" when the allocator let it do no harm; one that
// stops the process or writes to standard error has caught it.
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 64, BLOCKS = 4096, NEIGHBOURS = 512 };

// The compiler must neither warn about the misuse nor reason it away.
static void *volatile hidden;

static void *again(void *block) {
    hidden = block;
    return hidden;
}

static void hold(int blocks) {
    while (blocks--) again(malloc(SIZE));
}

static int compare(const void *a, const void *b) {
    uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

// Takes many blocks: is one of them handed out twice?
static int drawn(void) {
    static uintptr_t blocks[BLOCKS];
    int found = 0;
    for (int i = 0; i < BLOCKS; i++) blocks[i] = (uintptr_t)malloc(SIZE);
    qsort(blocks, BLOCKS, sizeof blocks[0], compare);
    for (int i = 1; i < BLOCKS; i++) found |= blocks[i] == blocks[i - 1];
    return found;
}

static int double_free(void) {
    void *first = malloc(SIZE), *second = malloc(SIZE);
    free(again(first));
    free(second);
    free(again(first));
    return drawn();
}

// Eight bytes behind the block's end, as malloc_usable_size tells it.
static int overflow(void) {
    char *block = malloc(SIZE), *neighbour = malloc(SIZE);
    memset((char *)again(block) + malloc_usable_size(block), 0x41, 8);
    free(block);
    free(neighbour);
    return 1;
}

// Between blocks that stay: memory that is all free goes back to the system, and the damage with it.
static int write_after_free(void) {
    hold(NEIGHBOURS);
    char *block = malloc(SIZE);
    hold(NEIGHBOURS);
    free(again(block));
    memset(again(block), 0x41, SIZE);
    // Out of any quarantine (hardened_malloc's draws at random from 2048 and queues as many), and in use again.
    for (int i = 0; i < 16 * BLOCKS; i++) free(again(malloc(SIZE)));
    drawn();
    return 1;
}

// Handed out again right after it was freed: what a quarantine is there to prevent.
static int reuse(void) {
    void *block = malloc(SIZE);
    free(again(block));
    for (int i = 0; i < 64; i++)
        if (malloc(SIZE) == again(block)) return 1;
    return 0;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(void);
    } MISUSES[] = {
        {"double-free", double_free},
        {"overflow", overflow},
        {"write-after-free", write_after_free},
        {"reuse", reuse},
    };
    for (size_t i = 0; argc == 2 && i < sizeof MISUSES / sizeof MISUSES[0]; i++)
        if (!strcmp(argv[1], MISUSES[i].name)) {
            puts(MISUSES[i].run() ? "unnoticed" : "prevented");
            return 0;
        }
    return 2;
}
