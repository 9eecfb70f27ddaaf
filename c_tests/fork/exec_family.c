// vfork, posix_spawn, system, popen and _Fork, which run no fork handlers, while threads allocate: the new programs run,
// the parent's heap is untouched.
// modes: preload static
// timeout: 120
#include "threads.h"

#include <spawn.h>

extern char **environ;
static atomic_bool stop;

static void *hammer(void *arg) {
    while (!atomic_load(&stop))
        for (size_t n = 1; n < 20 * MIB; n *= 3) free(malloc(n));
    return arg;
}

static void reap(pid_t pid) {
    int status;
    CHECK(pid > 0);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK_EQ(status, 0);
}

int main(void) {
    pthread_t a = start(hammer, NULL), b = start(hammer, NULL);
    char *argv[] = {"true", NULL};
    for (int i = 0; i < 100; i++) {
        void *held = malloc(1000);
        fill(held, 1000, (uint64_t)i);
        pid_t pid = vfork();
        if (pid == 0) {
            execv("/bin/true", argv);
            _exit(127);
        }
        reap(pid);
        CHECK_EQ(posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ), 0);
        reap(pid);
        pid = _Fork();
        if (pid == 0) {
            execv("/bin/true", argv);
            _exit(127);
        }
        reap(pid);
        if (i % 10 == 0) {
            CHECK_EQ(system("exit 0"), 0);
            FILE *f = popen("echo yes", "r");
            char text[16];
            CHECK(f && fgets(text, sizeof text, f) && !strcmp(text, "yes\n"));
            CHECK_EQ(pclose(f), 0);
        }
        CHECK(holds(held, 1000, (uint64_t)i));
        free(held);
    }
    atomic_store(&stop, true);
    join(a), join(b);
    check_sound();
    return 0;
}
