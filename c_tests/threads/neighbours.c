// Two threads do not write to one cache line for long because one has freed a block of the other's: what a thread makes
// after its first frees of a size lies apart from what others made, and what it goes on with does so after a while.
// options: decay_ms=1000
// modes: preload static local
#include "threads.h"

enum { BLOCKS = 64, SIZE = 24, LINE = 64, GIVEN = 3 };

static char *blocks[BLOCKS];

static int is_near(const char *p) {
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i] && (uintptr_t)p / LINE <= ((uintptr_t)blocks[i] + SIZE - 1) / LINE &&
            (uintptr_t)blocks[i] / LINE <= ((uintptr_t)p + SIZE - 1) / LINE)
            return 1;
    return 0;
}

static void free_given(int first) {
    for (int i = 0; i < GIVEN; i++) {
        free(blocks[first + 2 * i]);
        blocks[first + 2 * i] = NULL;
    }
}

static void *newcomer(void *arg) {
    free_given(5);
    for (int i = 0; i < GIVEN; i++) CHECK(!is_near(malloc(SIZE)));  // kept: the next one is another
    return arg;
}

static void *regular(void *arg) {
    char *own[GIVEN];
    for (int i = 0; i < GIVEN; i++) CHECK(!is_near(own[i] = malloc(SIZE)));
    for (int i = 0; i < GIVEN; i++) free(own[i]);
    free_given(25);
    // Within three seconds at the latest, though it never needs more than one block of that size at a time.
    int calm = 0;
    for (int i = 0; i < 3000 && calm < 100; i++) {
        char *p = malloc(SIZE);
        calm = is_near(p) ? 0 : calm + 1;
        free(p);
        free(malloc(300000));  // that every stock could serve all there is to do is another matter
        sleep_ms(1);
    }
    CHECK(calm >= 100);
    return arg;
}

int main(void) {
    void *(*roles[])(void *) = {newcomer, regular};
    for (int role = 0; role < 2; role++) {
        for (int i = 0; i < BLOCKS; i++)
            if (!blocks[i]) blocks[i] = malloc(SIZE);
        join(start(roles[role], NULL));
    }
    check_sound();
    return 0;
}
