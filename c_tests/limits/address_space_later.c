// RLIMIT_AS lowered to what the process has while it runs: allocation goes on from what is there, then fails with ENOMEM,
// recovers after frees and when the limit is lifted again.
// modes: preload static local
#include "again.h"
#include "exhaust.h"

static size_t address_space(void) {
    char text[100];
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(n > 0);
    text[n] = 0;
    return strtoul(text, NULL, 10) * PAGE;
}

int main(void) {
    live_a_little();
    struct rlimit old, r;
    CHECK_EQ(getrlimit(RLIMIT_AS, &old), 0);
    r = old;
    r.rlim_cur = address_space() + 64 * MIB;
    CHECK_EQ(setrlimit(RLIMIT_AS, &r), 0);
    struct link *list = NULL;
    size_t n = 10 * MIB, count = take_all(&list, n, 1000);  // large blocks need new mappings
    CHECK_LE(count, 64);
    give_all(list, n, count);
    live_a_little();
    r.rlim_cur = address_space();
    CHECK_EQ(setrlimit(RLIMIT_AS, &r), 0);
    list = NULL;
    count = take_all(&list, n, 1000);
    CHECK_LE(count, 64);
    give_all(list, n, count);
    CHECK_EQ(setrlimit(RLIMIT_AS, &old), 0);
    live_a_little();
    void *p = malloc(500 * MIB);
    CHECK(p);
    free(p);
    check_sound();
    return 0;
}
