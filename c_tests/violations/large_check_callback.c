// A heap check finds a damaged large block. The function that is told of it, before the process ends, waits for a thread that
// makes and frees large blocks all over the registry, and looks at the damaged one: nothing is locked meanwhile.
// In paranoid the write itself faults.
// holds: fast default hardened
// modes: preload static local
// options: on_violation=abort
// talkative: yes
// expect: signal SIGABRT
// expect: stderr contains "DAM: heap-buffer-overflow: heap check of 0x"
// expect: stdout contains "told"
#include "misuse.h"
#include "threads.h"

static unsigned char *damaged;

static void *use(void *arg) {
    void *p[64];
    for (int i = 0; i < 64; i++) CHECK(p[i] = malloc(9 * MIB + (size_t)i));
    for (int i = 0; i < 64; i++) free(p[i]);
    CHECK_EQ(malloc_usable_size(damaged), 9 * MIB);
    return arg;
}

static void told(const dam_event_t *event, void *context) {
    CHECK(event->address == damaged && event->block_size == 9 * MIB);
    join(start(use, context));
    void *p = malloc(9 * MIB);
    free(p);
    CHECK_EQ(malloc_usable_size(damaged), 9 * MIB);
    CHECK(write(1, "told\n", 5) == 5);
}

int main(void) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(20);
    dam_on_event(DAM_EVENT_VIOLATION, told, NULL);
    damaged = malloc(9 * MIB);
    *(unsigned char *)opaque(damaged + 9 * MIB) ^= 1;
    dam_check_heap();
    return 3;
}
