// A signal after each single instruction of malloc and free (the processor's trap flag, x86-64), with a stock of free slots
// that is empty, nearly empty, half full, nearly full or full, and with places in it that were never written or whose slots
// went home; and with a store of freed blocks of the middle tier. Whatever the handler allocates and frees then: no block is
// handed out twice, none is lost, and giving idle memory back takes nothing away from a live block.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// modes: preload static
// timeout: 600
#include "store.h"

#if defined(__x86_64__)
#include <ucontext.h>

enum { TRAP = 0x100, MOST = 250 };
static unsigned char *block[MOST];
static size_t blocks, size;
static const char *work;  // what the handler does: m for malloc, f for free
static volatile long countdown;

static void get(unsigned char *p) {
    CHECK(p && blocks < MOST);
    memset(block[blocks] = p, (int)blocks + 1, size);
    blocks++;
}
static void check_from(size_t i) {
    for (; i < blocks; i++) CHECK(block[i][0] == i + 1 && memcmp(block[i], block[i] + 1, size - 1) == 0);
}
static void give(void) {
    check_from(blocks - 1);
    free(block[--blocks]);
}

static void handler(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)info;
    if (--countdown != 0) return;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP;  // the rest of the call at full speed
    for (const char *w = work; *w; w++) *w == 'm' ? get(malloc(size)) : give();
}

// The 128 bytes: what the compiler may keep below the stack pointer.
#define TRAPS_ON() __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq $0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::: "memory", "cc")
#define TRAPS_OFF() __asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x100, (%%rsp); popfq; lea 128(%%rsp), %%rsp" ::: "memory", "cc")

// malloc ('m') or free ('f') with the handler at work after an instruction; false when the call was over before that.
static bool call(char which, size_t stock, bool fresh, long instruction) {
    size_t live = fresh ? 3 : 14;
    while (blocks < live + stock) get(malloc(size));
    if (!fresh) malloc_trim(0);  // the stock goes home
    while (blocks > live) give();
    unsigned char *p = which == 'f' ? block[--blocks] : NULL;
    countdown = instruction;
    TRAPS_ON();
    if (p) free(p); else p = malloc(size);
    TRAPS_OFF();
    bool came = countdown <= 0;
    countdown = 0;
    if (which == 'm') get(p);
    check_from(0);
    malloc_trim(0);
    check_from(0);
    for (size_t i = 0; i < stock + 5; i++) get(malloc(size));
    check_from(0);
    while (blocks) give();
    return came;
}

// Every early instruction, and some of the later ones.
static void in_steps(char which, size_t stock) {
    long each = size > SMALL_MAX ? 150 : 100;
    for (long i = 1; i < 3000; i += i < each ? 1 : i / 8) {
        if (size > SMALL_MAX && i % 16 == 1) be_busy(size);
        if (!call(which, stock, false, i)) break;
    }
    check_sound();
}

// In processes that have not used the size before: the places of the stock are unwritten.
static void in_fresh_processes(char which, size_t stock) {
    int status = 0;
    for (long i = 1; status == 0 && i < 100; i++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            bool came = call(which, stock, true, i);
            check_sound();
            _exit(came ? 0 : 3);
        }
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(status == 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 3));
    }
}

int main(void) {
    struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    CHECK_EQ(sigaction(SIGTRAP, &sa, NULL), 0);
    const char *works[] = {"m", "f", "mf", "mm", "ff", "fm", "mmmmmmmmmm", "ffffffffff", "ffffffmmmmmmmmmff"};
    const struct { size_t size, full; } sizes[] = {{1000, 12}, {12000, 4}, {40, 76}, {20000, STORED}};
    uint64_t live = dam_get_stats ? stats().live_blocks : 0;
    for (size_t s = 0; s < 3; s++)
        for (size_t w = 0; w < 3; w++)
            for (size_t stock = 0; stock < 2; stock++) {
                size = sizes[s].size, work = works[w];
                in_fresh_processes('m', stock), in_fresh_processes('f', stock);
            }
    for (size_t s = 1; s < (dam_version ? 4 : 3); s++)
        for (size_t w = 0; w < (s == 3 ? 6 : sizeof works / sizeof *works); w++) {
            size_t full = sizes[s].full, stocks[] = {0, 1, 2, full / 2, full - 1, full};
            size = sizes[s].size, work = works[w];
            for (size_t i = 0; i < 6; i += s == 3 ? 5 : 1) in_steps('m', stocks[i]), in_steps('f', stocks[i]);
        }
    malloc_trim(0);
    if (dam_get_stats) CHECK_EQ(stats().live_blocks, live);
    if (dam_get_stats) CHECK_EQ(stats().small_cached, 0);
    check_sound();
    return 0;
}
#else
int main(void) { return 0; }
#endif
