// Where the last address of a block may lie: in shared memory, in a mapping of which hardly a page is in use, beside a signal stack
// in a static array. A lost block at the start of a page is found as well; two searches do not hide blocks from each other; and
// without /proc/self/maps nothing is said.
// talkative: yes
// modes: preload static
#include "check.h"
#include "forget.h"

#include <pthread.h>
#include <sys/mman.h>

enum { KEPT = 200, LOST = 70 };

static struct {
    void *volatile kept[KEPT];
    char stack[64 * 1024];
} beside;
static dam_leaks_t leaks;
static int answer;

static void search(int number) {
    (void)number;
    answer = dam_find_leaks(&leaks, sizeof leaks);
}

static void *search_too(void *out) {
    dam_leaks_t found = {0};
    int result = dam_find_leaks(&found, sizeof found);
    // A few may be kept by what the first search has left on the stack of the thread that waits.
    CHECK(result == EBUSY || (result == 0 && found.blocks >= LOST / 2));
    *(int *)out = result == 0;
    return NULL;
}

__attribute__((noinline)) static void lose_at_pages(void) {
    // Slots of 64 bytes: each page that has a lost one at its start has one that is kept as well.
    static void *volatile some[LOST * 128];
    int lost = 0;
    for (int i = 0; i < LOST * 128; i++) some[i] = malloc(48);
    for (int i = 0; i < LOST * 128 && lost < LOST; i++)
        if ((uintptr_t)some[i] % 4096 < 64) some[i] = NULL, lost++;
    CHECK_EQ(lost, LOST);
}

int main(void) {
    if (!dam_version) return 0;
    void **shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED && (*shared = malloc(1000)));
    // As a sanitizer's shadow, or a garbage collector's heap.
    size_t len = (size_t)64 << 30;
    char *sparse = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(sparse != MAP_FAILED && (*(void **)(sparse + len / 3 / 4096 * 4096 + 4088) = malloc(1000)));
    for (int i = 0; i < KEPT; i++) CHECK(beside.kept[i] = malloc(100));
    stack_t stack = {.ss_sp = beside.stack, .ss_size = sizeof beside.stack};
    CHECK_EQ(sigaltstack(&stack, NULL), 0);
    struct sigaction action = {.sa_handler = search, .sa_flags = SA_ONSTACK};
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    raise(SIGUSR1);
    CHECK(answer == 0 && leaks.blocks == 0);

    struct rlimit files, none;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = files, none.rlim_cur = 3;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), EIO);
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);

    lose_at_pages();
    forget();
    CHECK_EQ(dam_find_leaks(&leaks, sizeof leaks), 0);
    CHECK_EQ(leaks.blocks, LOST);
    pthread_t threads[2];
    int done[2];
    for (int i = 0; i < 2; i++) CHECK_EQ(pthread_create(&threads[i], NULL, search_too, &done[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    CHECK_GE(done[0] + done[1], 1);
    return 0;
}
