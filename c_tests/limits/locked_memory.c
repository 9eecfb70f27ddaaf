// mlockall(MCL_CURRENT | MCL_FUTURE) under a small RLIMIT_MEMLOCK and without one: reservations must not be locked in, and
// what cannot be locked is NULL and ENOMEM, not a crash.
// modes: preload static
// needs: root
#include "again.h"
#include "exhaust.h"

#include <sys/mman.h>

static size_t locked_kib(void) {
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    CHECK(n > 0);
    text[n] = 0;
    char *line = strstr(text, "VmLck:");
    CHECK(line);
    return strtoul(line + 6, NULL, 10);
}

static int role(bool limited) {
    if (limited) {  // root is exempt from the limit, nobody is not
        struct rlimit r;
        CHECK_EQ(getrlimit(RLIMIT_MEMLOCK, &r), 0);
        if (r.rlim_max > 64 * MIB) r.rlim_max = 64 * MIB;
        r.rlim_cur = r.rlim_max;
        CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &r), 0);
        CHECK_EQ(setuid(65534), 0);
        if (mlockall(MCL_FUTURE)) return 0;
    } else if (mlockall(MCL_CURRENT | MCL_FUTURE)) {
        say("mlockall refused\n");  // it locked more than the machine has
        return 1;
    }
    for (size_t n = 1; n < 3 * MIB; n = n * 2 + 1) {
        unsigned char *p = malloc(n);
        if (p) mark(p, n, 1);
        else CHECK(limited && errno == ENOMEM);
        free(p);
    }
    if (limited) {
        struct link *list = NULL;
        size_t count = take_all(&list, 30000, SIZE_MAX);
        CHECK_LE(count * 30000, 64 * MIB);
        give_all(list, 30000, count);
    } else {
        live_a_little();
        void *p = malloc(20 * MIB);
        CHECK(p);
        CHECK_LE(locked_kib(), 2 * GIB / KIB);
        free(p);
    }
    check_sound();
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return role(argv[1][0] == 'l');
    CHECK_EQ(again("unlimited", NULL, NULL), 0);
    CHECK_EQ(again("limited", NULL, NULL), 0);
    return 0;
}
