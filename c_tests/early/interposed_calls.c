// The program replaces mmap, munmap, mprotect, madvise, open, read, write, getrandom, syscall, memcpy, memset and memmove
// with versions that allocate, as tracers and sandboxes do: an allocator that called them would call itself for ever.
// modes: preload
// flags: -rdynamic
#include "check.h"

#include <stdarg.h>
#include <sys/syscall.h>

static __thread int depth;
static int recursions, calls;

static void allocate_a_little(void) {
    calls++;
    if (depth > 3) {
        recursions++;
        return;
    }
    depth++;
    void *p = malloc(24), *q = calloc(1, 3000);
    free(p);
    free(q);
    depth--;
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
    allocate_a_little();
    return (void *)done(raw(SYS_mmap, (long)a, (long)n, p, f, fd, o));
}
int munmap(void *a, size_t n) { return allocate_a_little(), (int)done(raw(SYS_munmap, (long)a, (long)n, 0, 0, 0, 0)); }
int mprotect(void *a, size_t n, int p) { return allocate_a_little(), (int)done(raw(SYS_mprotect, (long)a, (long)n, p, 0, 0, 0)); }
int madvise(void *a, size_t n, int p) { return allocate_a_little(), (int)done(raw(SYS_madvise, (long)a, (long)n, p, 0, 0, 0)); }
ssize_t write(int fd, const void *p, size_t n) { return allocate_a_little(), done(raw(SYS_write, fd, (long)p, (long)n, 0, 0, 0)); }
ssize_t read(int fd, void *p, size_t n) { return allocate_a_little(), done(raw(SYS_read, fd, (long)p, (long)n, 0, 0, 0)); }
ssize_t getrandom(void *p, size_t n, unsigned f) { return allocate_a_little(), done(raw(SYS_getrandom, (long)p, (long)n, f, 0, 0, 0)); }

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
    for (size_t n = 1; n < 5 * MIB; n = n * 2 + 1) {
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
    CHECK(calls < 100000);
    CHECK_EQ(recursions, 0);
    check_sound();
    return 0;
}
