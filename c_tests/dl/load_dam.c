// The library itself opened with dlopen, with the standard names and with the local ones only: thread-local storage fits,
// its functions work from several threads, and dlclose leaves its blocks usable.
// modes: plain
#include "threads.h"

#include <dlfcn.h>

static void *(*get)(size_t);
static void *(*change)(void *, size_t);
static void (*give)(void *);

static void *work(void *arg) {
    unsigned char *p[300];
    for (size_t round = 0; round < 20; round++) {
        for (size_t i = 0; i < 300; i++) {
            CHECK(p[i] = get(i * 97 + 1));
            mark(p[i], i * 97 + 1, i);
        }
        for (size_t i = 0; i < 300; i++) {
            CHECK(marked(p[i], i * 97 + 1, i));
            give(change(p[i], i * 150 + 1));
        }
    }
    return arg;
}

static void open_and_use(const char *variable) {
    const char *path = getenv(variable);
    CHECK(path);
    void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!lib) say(dlerror()), say("\n");
    CHECK(lib);
    get = (void *(*)(size_t))dlsym(lib, "dam_malloc");
    change = (void *(*)(void *, size_t))dlsym(lib, "dam_realloc");
    give = (void (*)(void *))dlsym(lib, "dam_free");
    int (*get_stats)(dam_stats_t *, size_t) = (int (*)(dam_stats_t *, size_t))dlsym(lib, "dam_get_stats");
    CHECK(get && change && give && get_stats);
    unsigned char *kept = get(1000);
    fill(kept, 1000, 5);
    run_threads(8, work);
    CHECK_EQ(dlclose(lib), 0);
    CHECK(holds(kept, 1000, 5));  // never unloaded
    give(kept);
    run_threads(8, work);
    dam_stats_t s;
    CHECK_EQ(get_stats(&s, sizeof s), 0);
    CHECK_EQ(s.violations, 0);
    CHECK_EQ(s.live_blocks, 0);
    free(malloc(100));  // the program's own allocator is not disturbed
}

int main(void) {
    const char *variables[] = {"DAM_LOCAL_LIB", "DAM_LIB"};
    for (int i = 0; i < 2; i++) {  // a process each: there is room for one such library's thread-local storage
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            open_and_use(variables[i]);
            _exit(0);
        }
        int status;
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_EQ(status, 0);
    }
    return 0;
}
