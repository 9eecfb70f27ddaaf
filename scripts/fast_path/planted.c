// A malloc of one cached block, for the self-test of check_fast_path.sh. Sound as it stands;
// each of LOCK XCHG CALL SLOW PANIC TLS plants one of the faults the check is there to find.
#include <stddef.h>

#define LARGEST 4096

static char room[1 << 22] __attribute__((aligned(16)));
static char *unused = room;
static void *cached;
static long counter;

#ifdef TLS
__thread long per_thread;
#endif

// With panic in its name, as what a bounds check would call.
__attribute__((noinline, cold, noreturn)) void core_panicking_panic(void) { __builtin_trap(); }
__attribute__((noinline)) void count(void) { __asm__ volatile("incq %0" : "+m"(counter)); }

__attribute__((noinline, cold)) static void *fresh(size_t size) {
    char *block = unused;
    size_t taken = size < LARGEST ? LARGEST : (size + 15) & ~(size_t)15;
    if (taken > (size_t)(room + sizeof room - unused)) return NULL;
    unused += taken;
    return block;
}

void *malloc(size_t size) {
    void *block = cached;
    if (block == NULL || size > LARGEST) return fresh(size);
    cached = NULL;
#ifdef LOCK
    __asm__ volatile("lock incq %0" : "+m"(counter));
#endif
#ifdef XCHG
    __asm__ volatile("xchgq %0, %1" : "+r"(block), "+m"(counter) : : "memory");
    __asm__ volatile("xchgq %0, %1" : "+r"(block), "+m"(counter) : : "memory");
#endif
#ifdef CALL
    count();
#endif
#ifdef PANIC
    if (size == 77) core_panicking_panic();
#endif
#ifdef SLOW
    for (int i = 0; i < 32; i++) __asm__ volatile("incq %0" : "+m"(counter));
#endif
#ifdef TLS
    per_thread++;
#endif
    return block;
}

void free(void *block) { cached = block; }
void *calloc(size_t number, size_t size) { return fresh(number * size); }

// Cuts corners: growing copies whatever stands there.
void *realloc(void *block, size_t size) {
    char *grown = fresh(size);
    for (size_t i = 0; block && grown && i < size; i++) grown[i] = ((char *)block)[i];
    return grown;
}

void *_Znwm(size_t size) { return malloc(size); }
void _ZdlPv(void *block) { free(block); }
