// Takes memory in blocks of one size until there is none, then proves that every block is whole, gives them back and takes
// as many again.
#ifndef DAM_TEST_EXHAUST_H
#define DAM_TEST_EXHAUST_H
#include "check.h"

struct link { struct link *next; };

// Blocks of n bytes in a list of their own, at most `most`. Returns how many; the failure must be NULL and ENOMEM.
__attribute__((unused)) static size_t take_all(struct link **list, size_t n, size_t most) {
    size_t count = 0;
    for (; count < most; count++) {
        errno = 0;
        struct link *l = (struct link *)malloc(n);
        if (!l) {
            CHECK_EQ(errno, ENOMEM);
            break;
        }
        l->next = *list;
        *list = l;
        mark(l + 1, n - sizeof *l, count);
    }
    return count;
}

__attribute__((unused)) static void give_all(struct link *list, size_t n, size_t count) {
    while (list) {
        struct link *next = list->next;
        CHECK(marked(list + 1, n - sizeof *list, --count));
        free(list);
        list = next;
    }
    CHECK_EQ(count, 0);
}

// At least `least` bytes must have been there, the first time and again afterwards.
__attribute__((unused)) static void exhaust(size_t n, size_t least) {
    for (int round = 0; round < 2; round++) {
        struct link *list = NULL;
        size_t count = take_all(&list, n, SIZE_MAX);
        // Every other way to ask must fail as cleanly, or be served.
        void *p = calloc(1, 20 * MIB), *q = aligned_alloc(4096, 20 * MIB);
        errno = 0;
        if (list) {
            struct link *bigger = (struct link *)realloc(list, 64 * GIB);
            CHECK(bigger == NULL && errno == ENOMEM);
        }
        free(p), free(q);
        give_all(list, n, count);
        CHECK_GE(count * n, least);
    }
}
#endif
