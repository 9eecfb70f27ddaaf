// The program replaces mmap, munmap, mprotect, madvise, read, write and getrandom with versions that allocate, as tracers
// and sandboxes do: the allocator calls none of them, or it would call itself for ever. memcpy, memset and memmove, which
// compilers call on their own, may be called, and may allocate.
// modes: preload
// flags: -rdynamic
#include "check.h"

#include <stdarg.h>
#include <sys/syscall.h>

// volatile: malloc is declared as a leaf function, which it is not here
static __thread volatile int depth;
static volatile int calls, from_inside;

static void allocate_a_little(void) {
    calls++;
    if (depth > 3) return;
    depth++;
    void *p = malloc(24), *q = calloc(1, 3000);
    free(p);
    free(q);
    depth--;
}

static volatile int allocating;

static void system_call(void) {
    from_inside += allocating;
    allocate_a_little();
}

static long raw(long n, long a, long b, long c, long d, long e, long f) {
    long result;
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
    return result;
}
static long done(long result) {
    if (result < 0 && result > -4096) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

void *mmap(void *a, size_t n, int p, int f, int fd, off_t o) {
    system_call();
    return (void *)done(raw(SYS_mmap, (long)a, (long)n, p, f, fd, o));
}
int munmap(void *a, size_t n) { return system_call(), (int)done(raw(SYS_munmap, (long)a, (long)n, 0, 0, 0, 0)); }
int mprotect(void *a, size_t n, int p) { return system_call(), (int)done(raw(SYS_mprotect, (long)a, (long)n, p, 0, 0, 0)); }
int madvise(void *a, size_t n, int p) { return system_call(), (int)done(raw(SYS_madvise, (long)a, (long)n, p, 0, 0, 0)); }
ssize_t write(int fd, const void *p, size_t n) { return system_call(), done(raw(SYS_write, fd, (long)p, (long)n, 0, 0, 0)); }
ssize_t read(int fd, void *p, size_t n) { return system_call(), done(raw(SYS_read, fd, (long)p, (long)n, 0, 0, 0)); }
ssize_t getrandom(void *p, size_t n, unsigned f) { return system_call(), done(raw(SYS_getrandom, (long)p, (long)n, f, 0, 0, 0)); }

static void bytes(char *to, const char *from, size_t n, bool down) {
    for (size_t i = 0; i < n; i++) *(volatile char *)(to + (down ? n - 1 - i : i)) = from[down ? n - 1 - i : i];
}
void *memcpy(void *to, const void *from, size_t n) { return allocate_a_little(), bytes(to, from, n, false), to; }
void *memmove(void *to, const void *from, size_t n) {
    allocate_a_little();
    bytes(to, from, n, (uintptr_t)to > (uintptr_t)from);
    return to;
}
void *memset(void *to, int c, size_t n) {
    allocate_a_little();
    for (size_t i = 0; i < n; i++) ((volatile char *)to)[i] = (char)c;
    return to;
}

int main(void) {
    allocating = 1;
    for (size_t n = 1; n < 20 * MIB; n = n * 2 + 1) {
        unsigned char *p = malloc(n);
        CHECK(p);
        mark(p, n, n);
        p = realloc(p, n * 3);
        CHECK(p && (n < 128 || holds(p, 64, n)));
        free(p);
        p = calloc(n, 2);
        CHECK(p && p[0] == 0 && p[2 * n - 1] == 0);
        free(p);
    }
    malloc_trim(0);
    allocating = 0;
    say("");
    CHECK(calls > 0);
    CHECK_EQ(from_inside, 0);
    check_sound();
    return 0;
}
