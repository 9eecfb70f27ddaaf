// A plugin in a namespace of its own (dlmopen) has its own C library and its own malloc: both heaps work side by side, and
// a block of the other heap freed here is reported as foreign instead of corrupting anything.
// modes: preload
// plugin: plugin.c
// expect: stderr contains "DAM: invalid-free"
#include "check.h"

#include <dlfcn.h>

int main(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/plugin.so", getenv("DAM_PLUGIN_DIR"));
    void *lib = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
    if (!lib) say(dlerror()), say("\n");
    CHECK(lib);
    void *(*make)(size_t) = (void *(*)(size_t))dlsym(lib, "plugin_make");
    void (*take)(void *) = (void (*)(void *))dlsym(lib, "plugin_take");
    CHECK(make && take);
    for (size_t n = 1; n < MIB; n = n * 2 + 1) {
        unsigned char *p = make(n), *q = malloc(n);
        CHECK(p && q && p != q);
        fill(q, n, 1);
        CHECK(holds(p, n, 9) && holds(q, n, 1));
        take(p);
        free(q);
    }
    if (!dam_version) return 0;
    CHECK_EQ(violations(), 0);
    unsigned char *foreign = make(100);
    free(foreign);
    CHECK_EQ(violations(), 1);
    CHECK(holds(foreign, 100, 9));
    take(foreign);
    return 0;
}
