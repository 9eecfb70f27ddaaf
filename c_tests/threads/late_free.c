// After the last destructor of a thread the C library still frees its own buffers (strsignal, dlerror, strerror); and
// C++-style thread_local destructors run before the keys'. All of it works and nothing is lost.
// modes: preload
#include "threads.h"

#include <dlfcn.h>

extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
extern void *__dso_handle;
static atomic_ulong ran;

static void at_thread_end(void *arg) {
    free(arg);
    free(strdup("from a thread_local destructor"));
    atomic_fetch_add(&ran, 1);
}

static void *life(void *arg) {
    for (int i = 0; i < 5; i++) CHECK_EQ(__cxa_thread_atexit_impl(at_thread_end, malloc(100), &__dso_handle), 0);
    CHECK(strsignal(9999));        // a buffer of this thread, freed when it is gone
    CHECK(strerror(99999));
    if (!dlsym(RTLD_DEFAULT, "no such name")) CHECK(dlerror());
    return arg;
}

int main(void) {
    run_threads(8, life);
    uint64_t live = dam_get_stats ? stats().live_blocks : 0;
    for (int i = 0; i < 250; i++) run_threads(8, life);
    CHECK_EQ(atomic_load(&ran), 251 * 8 * 5);
    if (dam_get_stats) CHECK_LE(stats().live_blocks, live + 64);
    check_sound();
    return 0;
}
