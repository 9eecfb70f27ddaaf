// Allocation in atexit handlers (some registered by others), on_exit, destructors and .fini_array of the program, with
// blocks kept from before; stdio is flushed in between.
// modes: preload static static-pie
// expect: stdout contains "last destructor"
#include "check.h"

static unsigned char *kept[100];

static void use_heap(void) {
    for (size_t i = 0; i < 100; i++) {
        CHECK(holds(kept[i], i * 50 + 1, i));
        kept[i] = realloc(kept[i], i * 50 + 1);
    }
    for (size_t n = 1; n < 20 * MIB; n *= 3) free(malloc(n));
}

static void inner(void) { use_heap(); }
static void outer(void) {
    use_heap();
    CHECK_EQ(atexit(inner), 0);
}
static void with_status(int status, void *p) {
    CHECK_EQ(status, 0);
    free(p);
}

__attribute__((destructor(102))) static void destructor(void) {
    use_heap();
    if (dam_shutdown) dam_shutdown();
}
__attribute__((destructor(101))) static void last(void) {
    use_heap();
    check_sound();
    if (write(1, "last destructor\n", 16) != 16) _exit(4);
}

int main(void) {
    for (size_t i = 0; i < 100; i++) fill(kept[i] = malloc(i * 50 + 1), i * 50 + 1, i);
    for (int i = 0; i < 40; i++) CHECK_EQ(atexit(outer), 0);  // more than the static list of 32
    CHECK_EQ(on_exit(with_status, malloc(33)), 0);
    printf("text that is still in stdio's buffer\n");
    return 0;
}
