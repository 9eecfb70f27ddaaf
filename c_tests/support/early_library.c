// Allocates before everybody's constructors and after everybody's destructors.
#define NO_START_CHECK
#include "threads.h"

static unsigned char *block[300];

static size_t size_of(size_t i) { return i == 299 ? 9000000 : i % 50 == 0 ? 30000 : i * 11 + 1; }

void *early_block(size_t i, size_t *n);
void *early_block(size_t i, size_t *n) {
    *n = size_of(i);
    return block[i];
}

static void *thread(void *arg) {
    for (size_t i = 150; i < 300; i++) fill(block[i] = malloc(size_of(i)), size_of(i), i);
    return arg;
}

__attribute__((constructor(101))) static void init(void) {
    for (size_t i = 0; i < 150; i++) fill(block[i] = malloc(size_of(i)), size_of(i), i);
    join(start(thread, NULL));
}

__attribute__((destructor(101))) static void fini(void) {
    for (size_t n = 1; n < 20000000; n *= 3) {
        void *p = malloc(n), *q = realloc(calloc(1, n), 2 * n);
        if (!p || !q) abort();
        free(p);
        free(q);
    }
    if (write(1, "library destructor done\n", 24) != 24) abort();
}
