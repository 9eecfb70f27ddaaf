// An indirect function whose resolver calls malloc. The dynamic linker runs it in the middle of relocation.
#define NO_START_CHECK
#include "check.h"

static unsigned char *block;

static int answer(void) { return 42; }

static int (*resolve(void))(void) {
    block = malloc(100);
    for (int i = 0; block && i < 100; i++) block[i] = pattern((size_t)i, 3);
    return answer;
}

int chosen(void) __attribute__((ifunc("resolve")));
void *resolver_block(void);
void *resolver_block(void) { return block; }
