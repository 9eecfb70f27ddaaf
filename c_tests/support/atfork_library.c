// A library the program is linked with: registers fork handlers that allocate from its constructor.
#include <pthread.h>
#include <stdlib.h>

static int ran;

int library_handlers_ran(void);
int library_handlers_ran(void) { return ran; }

static void use_heap(void) {
    for (size_t n = 1; n < 20000000; n *= 5) {
        char *p = malloc(n);
        if (!p) abort();
        p[n - 1] = 1;
        free(p);
    }
    ran++;
}

__attribute__((constructor(101))) static void init(void) { pthread_atfork(use_heap, use_heap, use_heap); }
