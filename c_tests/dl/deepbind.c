// A plugin opened with RTLD_DEEPBIND would find the C library's malloc before a preloaded one. Blocks cross the border in
// both directions, by free and by realloc, and nothing breaks.
// modes: preload
// plugin: plugin.c
#include "check.h"

#include <dlfcn.h>

int main(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/plugin.so", getenv("DAM_PLUGIN_DIR"));
    void *lib = dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
    CHECK(lib);
    void *(*make)(size_t) = (void *(*)(size_t))dlsym(lib, "plugin_make");
    char *(*text)(const char *) = (char *(*)(const char *))dlsym(lib, "plugin_text");
    void *(*change)(void *, size_t) = (void *(*)(void *, size_t))dlsym(lib, "plugin_change");
    void (*take)(void *) = (void (*)(void *))dlsym(lib, "plugin_take");
    CHECK(make && text && change && take);
    for (size_t n = 1; n < 20 * MIB; n = n * 2 + 1) {
        unsigned char *p = make(n);  // theirs, freed here
        CHECK(holds(p, n, 9));
        free(p);
        p = malloc(n);  // ours, freed there
        fill(p, n, 9);
        take(p);
        p = realloc(make(n), n + 1000);
        CHECK(p && holds(p, n, 9));
        take(p);
        p = malloc(n);
        fill(p, n, 4);
        p = change(p, n + 1000);
        CHECK(p && holds(p, n, 4));
        free(p);
        char *s = text("a string of the plugin");
        CHECK(!strcmp(s, "a string of the plugin"));
        free(s);
    }
    CHECK_EQ(dlclose(lib), 0);
    check_sound();
    return 0;
}
