// A signal after each single instruction of malloc, free and realloc (the processor's trap flag, x86-64): for each of the
// first 600, and for 200 of the first 3,000 at random, a handler that allocates, frees, or both. No block is handed out twice,
// none is lost sight of, nothing is reported. So with small blocks, and with blocks that come from the thread's store.
// In paranoid each of the blocks is a mapping made and undone: that takes longer than the time there is.
// holds: fast default hardened
// modes: preload static
// timeout: 600
#include "store.h"

#if defined(__x86_64__)
#include <ucontext.h>

enum { TRAP = 0x100, HELD = 80, MINE = 40 };
static size_t size = 48, larger = 48 * 20;
static unsigned char *held[HELD], *mine[MINE];
static size_t held_count;
static volatile long countdown;
static volatile int what;

static void get(void) {
    if (held_count == HELD) return;
    unsigned char *p = malloc(size);
    if (p) mark(held[held_count++] = p, size, 7);
}
static void give(void) {
    if (held_count == 0) return;
    CHECK(marked(held[--held_count], size, 7));
    free(held[held_count]);
}

static void handler(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info;
    if (--countdown != 0) return;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP;  // the rest of the call at full speed
    switch (what) {
    case 0: get(); break;
    case 1: give(); break;
    case 2: get(), give(); break;
    case 3: give(), get(); break;
    case 4: get(), get(), get(); break;
    case 5: give(), give(), give(); break;
    case 6: give(), get(), get(), get(); break;
    case 7: for (int i = 0; i < HELD / 2; i++) give(); break;  // more than fits into a stock that is half full
    case 8: for (int i = 0; i < HELD / 2; i++) get(); break;   // more than is in it
    }
}

// The 128 bytes: what the compiler may keep below the stack pointer.
#define TRAPS_ON() __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::: "memory", "cc")
#define TRAPS_OFF() __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::: "memory", "cc")

static void check_all(size_t count) {
    for (size_t i = 0; i < held_count; i++) CHECK(marked(held[i], size, 7));
    for (size_t i = 0; i < count; i++) CHECK(marked(mine[i], size, i));
}

// One call with the handler at work after the given instruction.
static void *call(int which, void *p, long instruction) {
    countdown = instruction;
    switch (which) {
    case 0: TRAPS_ON(); p = malloc(size); TRAPS_OFF(); break;
    case 1: TRAPS_ON(); free(p); TRAPS_OFF(); break;
    case 2: TRAPS_ON(); p = realloc(p, size - 8); TRAPS_OFF(); break;
    case 3: TRAPS_ON(); p = realloc(p, larger); TRAPS_OFF(); break;
    }
    countdown = 0;
    return p;
}

static void round_of(long instruction, uint64_t *s) {
    for (what = 0; what < 9; what++) {
        while (held_count < HELD / 2) get();
        while (held_count > HELD / 2) give();
        size_t count = rnd(s) % (MINE - 3) + 3;  // so that stocks run full and empty at different moments
        for (size_t i = 0; i < count; i++) {
            CHECK(mine[i] = i == 1 ? call(0, NULL, instruction) : malloc(size));
            mark(mine[i], size, i);
        }
        check_all(count);
        CHECK(mine[0] = call(2, mine[0], instruction));
        CHECK(holds(mine[0], 40, 0));
        mark(mine[0] = realloc(mine[0], size), size, 0);
        CHECK(mine[2] = call(3, mine[2], instruction));
        mark(mine[2] = realloc(mine[2], size), size, 2);
        check_all(count);
        call(1, mine[--count], instruction);
        check_all(count);
        while (count) free(mine[--count]);
        check_all(0);
    }
    while (held_count) give();
    if (rnd(s) % 4 == 0) malloc_trim(0);  // a slot that a stock holds twice shows when it goes home
}

int main(void) {
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    CHECK_EQ(sigaction(SIGTRAP, &sa, NULL), 0);
    uint64_t s = 11;
    for (long i = 1; i <= 600; i++) round_of(i, &s);
    for (int i = 0; i < 200; i++) round_of((long)(rnd(&s) % 3000) + 1, &s);
    if (!dam_version) return 0;
    size = 30000, larger = 200000;
    for (long i = 1; i <= 200; i++) {
        if (i % 4 == 1) be_busy(size);
        round_of(i, &s);
    }
    check_sound();
    return 0;
}
#else
int main(void) { return 0; }
#endif
