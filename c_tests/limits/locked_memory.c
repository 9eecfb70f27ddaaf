// mlockall(MCL_CURRENT | MCL_FUTURE) under a small RLIMIT_MEMLOCK and without one: reservations must not be filled, and
// what cannot be locked is NULL and ENOMEM, not a crash.
// In paranoid the process is told, as it should be, that there are no more mappings.
// holds: fast default hardened
// modes: preload static
// needs: root
#include "again.h"
#include "exhaust.h"

#include <sys/mman.h>

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
    for (size_t n = 1; n < 20 * MIB; n = n * 2 + 1) {
        unsigned char *p = malloc(n);
        if (p) mark(p, n, 1);
        else CHECK(limited && errno == ENOMEM);
        free(p);
    }
    if (limited) {
        struct link *list = NULL;
        size_t count = take_all(&list, 30000, 20000);  // as many as may be
        give_all(list, 30000, count);
    } else {
        live_a_little();
        void *p = malloc(20 * MIB);
        CHECK(p);
        CHECK_LE(rss_kib(), GIB / KIB);  // what is locked is really there
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
