// A block that takes more than half of the address space there is still grows by realloc, since it need not be there twice;
// when it cannot, it stays as it is.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// modes: preload static
#include "again.h"

static void limit(void *bytes) {
    struct rlimit r = {(size_t)bytes, (size_t)bytes};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc == 1) {
        CHECK_EQ(again("x", limit, (void *)GIB), 0);
        return 0;
    }
    size_t n = 600 * MIB;
    char *p = malloc(n);
    CHECK(p);
    mark(p, n, 1);
    for (; n < 700 * MIB; n += 20 * MIB) {
        char *q = realloc(p, n + 20 * MIB);
        CHECK(q);
        CHECK(marked(q, n, 1));
        mark(p = q, n + 20 * MIB, 1);
    }
    errno = 0;
    CHECK(!realloc(p, 2 * GIB));
    CHECK_EQ(errno, ENOMEM);
    CHECK_EQ(malloc_usable_size(p), n);
    CHECK(marked(p, n, 1));
    check_sound();
    free(p);
    p = malloc(600 * MIB);
    CHECK(p);
    free(p);
    return 0;
}
