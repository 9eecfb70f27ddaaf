// Memory runs out while freed blocks lie in the thread's store: a request that only they, joined, can serve is served.
// Closed fast paths have no store.
// holds: fast default
// The sample of the frees would keep a block from being joined.
// options: sample_frees=0
// modes: preload static
#include "again.h"
#include "exhaust.h"
#include "store.h"

static void limit_data(void *arg) {
    (void)arg;
    struct rlimit r = {100 * MIB, 100 * MIB};
    if (setrlimit(RLIMIT_DATA, &r)) _exit(96);
}
static void limit_addresses(void *arg) {
    (void)arg;
    struct rlimit r = {1 * GIB, 1 * GIB};
    if (setrlimit(RLIMIT_AS, &r)) _exit(96);
}

static int role(void) {
    enum { N = STORE_SIZE };
    be_busy(N);
    struct link *list = NULL, *rest[5];
    size_t count = take_all(&list, N, SIZE_MAX), rest_count[5];
    // What is smaller, so that no other tier serves in the end.
    for (int i = 0; i < 5; i++) rest[i] = NULL, rest_count[i] = take_all(&rest[i], 16384 >> 2 * i, SIZE_MAX);
    CHECK_GE(count, 100);
    // Until the store takes blocks again, which trying has emptied.
    for (double end = now() + 0.2; now() < end;) {
        struct link *l = list;
        list = l->next;
        free(l);
        l = (struct link *)malloc(N);
        CHECK(l);
        l->next = list, list = l;
        mark(l + 1, N - sizeof *l, count - 1);
    }
    for (int i = 0; i < STORED; i++) {
        struct link *next = list->next;
        free(list), list = next, count--;
    }
    unsigned char *p = malloc(5 * N);
    CHECK(p);
    mark(p, 5 * N, 1);
    CHECK(marked(p, 5 * N, 1));
    free(p);
    give_all(list, N, count);
    for (int i = 0; i < 5; i++) give_all(rest[i], 16384 >> 2 * i, rest_count[i]);
    live_a_little();
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (!dam_version) return 0;
    if (argc > 1) return role();
    CHECK_EQ(again("data", limit_data, NULL), 0);
    CHECK_EQ(again("addresses", limit_addresses, NULL), 0);
    return 0;
}
