// What is lost, and what is not: by where the last address of a block lies, in each tier.
// talkative: yes
// modes: preload static local
// options: on_violation=continue
#include "check.h"
#include "forget.h"

#include <sys/mman.h>

struct node {
    struct node *next, *other;
    char rest[48];
};

static struct node *volatile kept;
static _Thread_local void *volatile of_thread;
static void *volatile inner;
static void **mapped;
static volatile uintptr_t hidden;

static size_t sizes[] = {24, 1000, 16376, 20000, 200 * KIB, 3 * MIB, 40 * MIB};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static dam_leaks_t found(void) {
    dam_leaks_t leaks = {0};
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), 0);
    CHECK_EQ(leaks.size, sizeof leaks);
    return leaks;
}

static struct node *node(struct node *next) {
    struct node *made = calloc(1, sizeof *made);
    CHECK(made);
    made->next = next;
    return made;
}

static void expect(uint64_t blocks, uint64_t bytes, uint64_t blocks_behind, uint64_t bytes_behind) {
    dam_leaks_t leaks = found();
    CHECK_EQ(leaks.blocks, blocks);
    CHECK_EQ(leaks.bytes, bytes);
    CHECK_EQ(leaks.blocks_behind, blocks_behind);
    CHECK_EQ(leaks.bytes_behind, bytes_behind);
    CHECK_EQ(leaks.other_threads, 0);
}

__attribute__((noinline)) static void keep(void) {
    kept = node(node(node(NULL)));          // a chain
    of_thread = malloc(100);                // in a variable of the thread
    inner = (char *)malloc(500) + 499;      // its last byte
    CHECK((mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED);
    for (int i = 0; i < SIZES; i++) mapped[i] = malloc(sizes[i]);
    // A block of which a page is closed, and what is pointed to from behind that.
    char *closed = aligned_alloc(4096, 4 * 4096);
    CHECK((mapped[SIZES] = closed) && mprotect(closed + 4096, 4096, PROT_NONE) == 0);
    ((void **)(void *)closed)[3 * 512] = malloc(88);
    // One block that only a block at the end of a large one knows.
    void **large = mapped[SIZES - 1];
    large[sizes[SIZES - 1] / sizeof *large - 1] = malloc(77);
}

__attribute__((noinline)) static void lose_sizes(void) {
    for (int i = 0; i < SIZES; i++) opaque(malloc(sizes[i]));
}

__attribute__((noinline)) static void lose_shapes(void) {
    node(node(node(NULL)));                             // one, and two behind it
    struct node *one = node(NULL), *ring = node(one);   // two that know each other
    one->next = ring;
    struct node *self = node(NULL);                     // one that knows itself
    self->next = self;
    struct node *shared = node(NULL);                   // two that know a third
    node(shared), node(shared);
}

__attribute__((noinline)) static void hide(void) { hidden = ~(uintptr_t)malloc(60); }

int main(void) {
    if (!dam_version) return 0;
    keep();
    forget();
    dam_leaks_t before = found();
    CHECK_EQ(before.blocks + before.blocks_behind, 0);
    CHECK_EQ(dam_find_leaks(NULL, sizeof before), EINVAL);
    CHECK_EQ(dam_find_leaks(&before, 0), EINVAL);

    hide();
    forget();
    expect(1, 60, 0, 0);
    free((void *)~hidden);
    forget();
    expect(0, 0, 0, 0);

    lose_shapes();
    size_t n = sizeof(struct node);
    forget();
    expect(5, 5 * n, 4, 4 * n);

    size_t sum = 0;
    for (int i = 0; i < SIZES; i++) sum += sizes[i];
    lose_sizes();
    forget();
    expect(5 + SIZES, 5 * n + sum, 4, 4 * n);

    // The last address goes: the chain, what the mapping knew, and the one behind the large block.
    kept = NULL, of_thread = NULL, inner = NULL;
    CHECK_EQ(mprotect((char *)mapped[SIZES] + 4096, 4096, PROT_READ | PROT_WRITE), 0);
    munmap(mapped, 4096);
    forget();
    expect(5 + SIZES + 3 + SIZES + 1, 5 * n + sum + n + 600 + sum + 4 * 4096, 4 + 2 + 2, 4 * n + 2 * n + 77 + 88);
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
