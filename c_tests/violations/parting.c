// What the next operation of a thread would look at is looked at when the thread ends and when memory is given back: the
// block made last, in hardened; a freed one that waits, there and, as one of the sample, in default.
// profiles: default hardened
// violation: use-after-free
#include "misuse.h"
#include "threads.h"

static void overrun(void) {
    unsigned char *p = malloc(36);
    *(unsigned char *)opaque(p + 36) ^= 1;
}

static void use_freed(void) {
    unsigned char *p = malloc(200);
    free(p);
    *(unsigned char *)opaque(p + 100) = 9;
}

static void *overruns(void *arg) { return overrun(), arg; }
static void *uses_freed(void *arg) { return use_freed(), arg; }

int main(void) {
    const char *options = getenv("DAM_OPTIONS");
    bool hardened = options && strstr(options, "hardened");
    uint64_t expected = 0;
    use_freed();
    malloc_trim(0);
    CHECK_EQ(violations(), ++expected);
    if (hardened) {
        overrun();
        malloc_trim(0);
        CHECK_EQ(violations(), ++expected);
        run_threads(1, overruns);
        CHECK_EQ(violations(), ++expected);
        run_threads(1, uses_freed);
        CHECK_EQ(violations(), ++expected);
    }
    check_reported(expected);
    return 0;
}
