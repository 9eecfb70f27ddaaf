// Pointers that are no blocks at all: stack, static data, code, the program's own mappings, small numbers, addresses no
// process can have. Each is reported, none is touched.
// violation: invalid-free
#include "misuse.h"

#include <sys/mman.h>

static char in_data[64] = {1};
static char in_bss[64];

int main(void) {
    char on_stack[64], *on_stack2 = __builtin_alloca(100);
    unsigned char *mapped = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapped != MAP_FAILED);
    fill(mapped, 3 * PAGE, 1);
    void *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    void *gone = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(gone, PAGE);
    void *const wrong[] = {
        on_stack, on_stack + 16, on_stack2, in_data, in_bss, in_bss + 8, "a literal", (void *)(uintptr_t)main, mapped,
        mapped + 16, mapped + PAGE, none, shared, gone, (void *)1, (void *)8, (void *)16, (void *)4096, (void *)0xdeadbeef,
        (void *)0x123456789abcd0, (void *)0x7ffffffff000, (void *)0x800000000000, (void *)0xffff800000000000,
        (void *)0xffffffffff600000, (void *)(uintptr_t)-16, (void *)(uintptr_t)-1,
    };
    size_t count = sizeof wrong / sizeof *wrong;
    for (size_t i = 0; i < count; i++) {
        errno = 1000;
        free(opaque(wrong[i]));
        CHECK_EQ(errno, 1000);
        CHECK_EQ(violations(), i + 1);
    }
    CHECK(holds(mapped, 3 * PAGE, 1));
    check_reported(count);
    return 0;
}
