// realloc of pointers that are no blocks: reported and NULL; interior ones leave their block whole.
// violation: invalid-free
// expect: stderr contains "realloc of 0x"
#include "misuse.h"

static char in_bss[100];

int main(void) {
    char on_stack[100];
    unsigned char *block = malloc(500);
    fill(block, 500, 1);
    void *const wrong[] = {in_bss, on_stack, block + 16, block + 1, (void *)16, (void *)0x7ffffffff000, (void *)(uintptr_t)-32};
    size_t count = sizeof wrong / sizeof *wrong;
    for (size_t i = 0; i < count; i++) {
        errno = 0;
        CHECK(realloc(opaque(wrong[i]), i % 2 ? 1000 : 10) == NULL);
        CHECK(errno != 0);
        CHECK_EQ(violations(), i + 1);
    }
    CHECK(holds(block, 500, 1));
    free(block);
    check_reported(count);
    return 0;
}
