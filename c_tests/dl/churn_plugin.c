// A plugin that allocates in its constructor, in calls and in its destructor is opened and closed 2,000 times, its blocks
// outlive it, and memory does not grow.
// In paranoid freed blocks keep their page tables until they may be used again.
// holds: fast default hardened
// modes: preload
// plugin: plugin.c
// timeout: 120
#include "check.h"

#include <dlfcn.h>

int main(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/plugin.so", getenv("DAM_PLUGIN_DIR"));
    size_t before = 0;
    for (size_t i = 0; i < 2000; i++) {
        if (i == 200) before = rss_kib();
        void *lib = dlopen(path, i % 2 ? RTLD_NOW : RTLD_LAZY);
        CHECK(lib);
        void *(*make)(size_t) = (void *(*)(size_t))dlsym(lib, "plugin_make");
        void (*take)(void *) = (void (*)(void *))dlsym(lib, "plugin_take");
        CHECK(make && take);
        unsigned char *a = make(i * 10 + 1);
        take(make(100));
        take(malloc(200));
        CHECK(!dlsym(lib, "not there") && dlerror());
        CHECK_EQ(dlclose(lib), 0);
        CHECK(holds(a, i * 10 + 1, 9));
        free(a);
    }
    CHECK_LE(rss_kib(), before + 4096);
    check_sound();
    return 0;
}
