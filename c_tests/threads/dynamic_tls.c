// Thread-local arrays of a library loaded at run time are allocated by the dynamic linker through malloc at first touch
// and freed at thread exit.
// Where places are drawn by lot a heap touches more pages.
// holds: fast default
// modes: preload
// plugin: tls_plugin.c
#include "threads.h"

#include <dlfcn.h>

static char *(*tls_array)(void);

static void *life(void *arg) {
    char *a = tls_array();
    CHECK(all_zero(a, 200000));
    memset(a, 1, 200000);
    free(malloc(100));
    CHECK(tls_array() == a);
    return arg;
}

int main(void) {
    char path[4096];
    snprintf(path, sizeof path, "%s/tls_plugin.so", getenv("DAM_PLUGIN_DIR"));
    void *lib = dlopen(path, RTLD_NOW);
    CHECK(lib);
    tls_array = (char *(*)(void))dlsym(lib, "tls_array");
    CHECK(tls_array);
    run_threads(8, life);
    size_t before = rss_kib();
    for (int i = 0; i < 100; i++) run_threads(8, life);
    CHECK_LE(rss_kib(), before + 4096);
    CHECK_EQ(dlclose(lib), 0);
    check_sound();
    return 0;
}
