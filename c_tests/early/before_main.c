// Allocation before any constructor of the program or the allocator: .preinit_array,
// constructors of the first priorities, and threads started there. The blocks are whole in main and can be freed.
// modes: preload static static-pie
#include "threads.h"

static void *from_preinit[200], *from_constructor[200], *from_thread[200];

static void make(void **list) {
    for (size_t i = 0; i < 200; i++) {
        list[i] = i % 3 ? malloc(i * 100 + 1) : calloc(1, i * 100 + 1);
        if (!list[i]) abort();
        mark(list[i], i * 100 + 1, i);
    }
}

static void preinit(void) { make(from_preinit); }
__attribute__((used, section(".preinit_array"))) static void (*preinit_entry)(void) = preinit;

static void *thread(void *arg) {
    make(from_thread);
    return arg;
}

__attribute__((constructor(101))) static void first(void) {
    make(from_constructor);
    join(start(thread, NULL));
}

static void take(void **list) {
    for (size_t i = 0; i < 200; i++) {
        CHECK(marked(list[i], i * 100 + 1, i));
        list[i] = realloc(list[i], i * 120 + 70);
        CHECK(list[i]);
        free(list[i]);
    }
}

int main(void) {
    take(from_preinit);
    take(from_constructor);
    take(from_thread);
    check_sound();
    return 0;
}
