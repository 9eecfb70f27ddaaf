// Two threads free nearly everything, in any order, and then the program goes on with a few pairs of malloc and free
// that its stocks serve: all but the pages of what stays goes back all the same, those of partly used pools too.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// modes: preload static
// options: decay_ms=300
#include "check.h"

enum { BYTES = 64 * MIB, SIZE = 200, COUNT = BYTES / SIZE, KEPT = 500 };
static char *block[COUNT];

static void *free_half(void *arg) {
    size_t first = (size_t)arg, random = first + 1;
    for (size_t i = first; i < COUNT; i += 2) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t other = i + 2 * ((random >> 33) % ((COUNT - i + 1) / 2));
        char *swapped = block[i];
        block[i] = block[other];
        block[other] = swapped;
        if (i / 2 % KEPT) free(block[i]);
    }
    return NULL;
}

int main(void) {
    size_t before = rss_kib();
    for (size_t i = 0; i < COUNT; i++) fill(block[i] = malloc(SIZE), SIZE, 7);
    pthread_t thread;
    CHECK_EQ(pthread_create(&thread, NULL, free_half, (void *)1), 0);
    free_half((void *)0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    for (size_t i = 0; i < 200; i++) {
        for (size_t size = 100; size < 1000; size += 100) free(opaque(malloc(size)));
        sleep_ms(10);
    }
    // The table of blocks is the program's, and each block that stays has its page and that of its record.
    size_t own = sizeof block / KIB, stay = COUNT / KEPT * 8;
    CHECK_LE(rss_kib(), before + own + stay + 2 * KIB);
    for (size_t i = 0; i < COUNT; i++) {
        if (i / 2 % KEPT) continue;
        CHECK(holds(block[i], SIZE, 7));
        free(block[i]);
    }
    check_sound();
    return 0;
}
