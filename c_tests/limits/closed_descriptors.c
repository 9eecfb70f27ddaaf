// Started with descriptors 0 to 2 closed, or with none to be had at all: the program runs, its files get those numbers,
// and misuse does not crash for want of a place to write to.
// modes: preload static
// options: verbose=1:stats_at_exit=1
// talkative: yes
#include "again.h"

#include <sys/auxv.h>

static void close_all(void *none) {
    if (none) {
        struct rlimit r = {0, 0};
        if (setrlimit(RLIMIT_NOFILE, &r)) _exit(96);
        return;
    }
    close(0), close(1), close(2);
}

static int role(const char *name) {
    live_a_little();
    if (name[0] == 'c') {
        int fd[3];
        for (int i = 0; i < 3; i++) CHECK_EQ(fd[i] = open("file", O_CREAT | O_RDWR, 0600), i);
        CHECK_EQ(close(2), 0);
    }
    if (dam_version) {
        void *p = malloc(100);
        free(p);
        free(opaque(p));
        CHECK_EQ(violations(), 1);
    }
    live_a_little();
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1) return role(argv[1]);
    CHECK_EQ(again("closed", close_all, NULL), 0);
    // With no descriptor allowed the dynamic linker itself cannot open a library: only a static program can start so.
    if (!getauxval(AT_BASE)) CHECK_EQ(again("none", close_all, (void *)1), 0);
    return 0;
}
