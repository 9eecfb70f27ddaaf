// Arenas and caches that a program makes are numbers: they can be made, named, used, destroyed and made again, as BIND does
// it; there is one heap behind them all. What that cannot do is refused.
// options: decay_ms=3600000
// modes: preload static
#include "jemalloc.h"

static unsigned create(const char *name) {
    unsigned number = 77;
    size_t n = sizeof number;
    CHECK_EQ(mallctl(name, &number, &n, NULL, 0), 0);
    return number;
}

static void create_nothing(const char *name) {
    uint64_t wide = 7;
    size_t n = sizeof wide;
    CHECK_EQ(mallctl(name, &wide, &n, NULL, 0), EINVAL);
    CHECK(wide == 7 && n == 0);
    n = 4;
    CHECK_EQ(mallctl(name, NULL, &n, NULL, 0), EINVAL);
    CHECK_EQ(mallctl(name, &wide, NULL, NULL, 0), EINVAL);
}

static int of_arena(unsigned arena, const char *what) {
    char name[60];
    snprintf(name, sizeof name, "arena.%u.%s", arena, what);
    return act(name);
}

static bool initialized(unsigned arena) {
    char name[60];
    snprintf(name, sizeof name, "arena.%u.initialized", arena);
    return ask_as(name, 1);
}

static void arenas(void) {
    create_nothing("arenas.create");
    CHECK_EQ(ask_as("arenas.narenas", 4), 1);
    unsigned one = create("arenas.create"), two = create("arenas.create");
    CHECK(one == 1 && two == 2);
    CHECK_EQ(ask_as("arenas.narenas", 4), 3);
    CHECK(initialized(0) && initialized(one) && initialized(ALL_ARENAS) && !initialized(DESTROYED_ARENAS));
    char *p = mallocx(5000, MALLOCX_ARENA(one) | MALLOCX_TCACHE_NONE | MALLOCX_ZERO);
    CHECK(p && all_zero(p, 5000));
    CHECK_EQ(ask("stats.arenas.1.pactive"), 0);  // its blocks are arena 0's
    CHECK_EQ(of_arena(one, "purge") | of_arena(one, "decay"), 0);
    CHECK_EQ(of_arena(one, "reset"), EFAULT);
    dallocx(p, MALLOCX_ARENA(one));

    CHECK_EQ(set("thread.arena", two, 4), 0);
    CHECK_EQ(set("thread.arena", 3, 4), EFAULT);
    CHECK_EQ(set("thread.arena", ALL_ARENAS, 4), EFAULT);
    CHECK_EQ(ask_as("thread.arena", 4), 0);

    CHECK_EQ(of_arena(one, "destroy"), 0);
    CHECK_EQ(of_arena(one, "destroy"), EFAULT);
    CHECK_EQ(of_arena(0, "destroy"), EFAULT);
    CHECK_EQ(of_arena(ALL_ARENAS, "destroy"), EFAULT);
    CHECK(!initialized(one) && initialized(DESTROYED_ARENAS));
    CHECK_EQ(mallctl("stats.arenas.1.pactive", NULL, NULL, NULL, 0), ENOENT);
    CHECK_EQ(ask_as("arenas.narenas", 4), 3);
    CHECK_EQ(create("arenas.create"), one);  // its number is free again

    // Functions of the program's own for pages would not be called.
    void *hooks = &p;
    unsigned number;
    size_t n = sizeof number;
    CHECK_EQ(mallctl("arenas.create", &number, &n, &hooks, sizeof hooks), EAGAIN);
    hooks = NULL;
    CHECK_EQ(mallctl("arenas.create", &number, &n, &hooks, sizeof hooks), 0);
    CHECK_EQ(number, 3);
    // As many as there may be, and all of them may be had again.
    unsigned last = number;
    while (n = 4, mallctl("arenas.create", &number, &n, NULL, 0) == 0) last = number;
    CHECK(last > 1000 && last < ALL_ARENAS);
    CHECK_EQ(of_arena(last, "destroy"), 0);
    CHECK_EQ(create("arenas.create"), last);
}

static void caches(void) {
    create_nothing("tcache.create");
    unsigned one = create("tcache.create"), two = create("tcache.create");
    CHECK(one != two);
    dallocx(mallocx(100, MALLOCX_TCACHE(one)), MALLOCX_TCACHE(two));
    CHECK_EQ(set("tcache.flush", one, 4), 0);
    CHECK_EQ(set("tcache.flush", 900, 4), EFAULT);
    CHECK_EQ(set("tcache.flush", one, 8), EINVAL);
    CHECK_EQ(act("tcache.flush"), EINVAL);
    CHECK_EQ(set("tcache.destroy", one, 4), 0);
    CHECK_EQ(set("tcache.destroy", one, 4), EFAULT);
    size_t n = 4;
    CHECK_EQ(mallctl("tcache.destroy", &two, &n, NULL, 0), EPERM);
    CHECK_EQ(create("tcache.create"), one);
}

// What a thread keeps at hand goes home.
static void own_cache(void) {
    free(malloc(300));
    bool enabled = true;
    size_t n = 1;
    CHECK_EQ(act("thread.tcache.flush"), 0);
    CHECK_EQ(act("thread.idle"), 0);
    CHECK_EQ(set("thread.tcache.enabled", 0, 1), 0);
    CHECK_EQ(mallctl("thread.tcache.enabled", &enabled, &n, NULL, 0), 0);
    CHECK(enabled);  // it cannot be done without
    CHECK_EQ(set("thread.tcache.enabled", 1, 1), 0);
}

static void background(void) {
    CHECK_EQ(ask_as("background_thread", 1), 0);
    CHECK_EQ(set("background_thread", 0, 1), 0);
    CHECK_EQ(set("background_thread", 1, 1), EFAULT);
    CHECK_EQ(ask_as("background_thread", 1), 0);
    CHECK_EQ(set("max_background_threads", 0, 8), 0);
    CHECK_EQ(set("max_background_threads", 4, 8), EINVAL);
}

// How much was in memory before 50 MiB were used and freed.
static size_t use_and_free(void) {
    static char *p[200];
    size_t before = rss_kib();
    for (int i = 0; i < 200; i++) memset(p[i] = malloc(MIB / 4), 1, MIB / 4);
    for (int i = 0; i < 200; i++) free(p[i]);
    return before;
}

static void decay(void) {
    CHECK_EQ(ask("arena.0.dirty_decay_ms"), 3600000);
    CHECK_EQ(ask("arenas.dirty_decay_ms"), 3600000);
    CHECK_EQ(ask("arena.0.muzzy_decay_ms"), 0);
    for (int i = 0; i < 2; i++) CHECK_EQ(set((const char *[]){"arena.0.dirty_decay_ms", "arenas.dirty_decay_ms"}[i], (uint64_t)-2, 8), EFAULT);
    CHECK_EQ(mallctl("arena.4096.dirty_decay_ms", NULL, NULL, NULL, 0), EFAULT);
    // To set it gives back what is free now.
    size_t before = use_and_free();
    CHECK_EQ(set("arena.0.dirty_decay_ms", 5000, 8), 0);
    CHECK_LE(rss_kib(), before + 4096);
    CHECK_EQ(ask("arena.0.dirty_decay_ms"), 5000);
    CHECK_EQ(ask("stats.arenas.0.dirty_decay_ms"), 5000);
    CHECK_EQ(ask("opt.dirty_decay_ms"), 5000);
    CHECK_EQ(set("arena.0.dirty_decay_ms", (uint64_t)-1, 8), 0);
    CHECK_EQ(ask("arena.0.dirty_decay_ms"), (uint64_t)-1);
    // That of another arena is but kept.
    CHECK_EQ(set("arenas.dirty_decay_ms", 77, 8), 0);
    CHECK_EQ(of_arena(9, "destroy"), 0);
    unsigned arena = create("arenas.create");
    char name[60];
    snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", arena);
    CHECK_EQ(arena, 9);
    CHECK_EQ(ask(name), 77);
    CHECK_EQ(set(name, 0, 8), 0);
    CHECK_EQ(ask(name), 0);
    CHECK_EQ(ask("arena.0.dirty_decay_ms"), (uint64_t)-1);
    CHECK_EQ(set("arena.0.muzzy_decay_ms", 9, 8), 0);
    CHECK_EQ(ask("arena.0.muzzy_decay_ms"), 9);
}

// Programs of before jemalloc 5 take the number of arenas for the index of all; Redis does so to this day.
static void purge(void) {
    size_t before = use_and_free();
    CHECK_EQ(of_arena((unsigned)ask_as("arenas.narenas", 4), "purge"), 0);
    CHECK_LE(rss_kib(), before + 4096);
}

static void lookup(void) {
    static char of_program;
    for (size_t n = 1; n < 40 * MIB; n *= 7) {
        void *p = malloc(n), *inside = (char *)p + n / 2;
        unsigned arena = 77;
        size_t length = sizeof arena;
        CHECK_EQ(mallctl("arenas.lookup", &arena, &length, &p, sizeof p), 0);
        CHECK_EQ(arena, 0);
        if (n > 1) CHECK_EQ(mallctl("arenas.lookup", &arena, &length, &inside, sizeof p), EINVAL);
        free(p);
        CHECK_EQ(mallctl("arenas.lookup", &arena, &length, &p, sizeof p), EINVAL);
    }
    void *foreign[] = {&of_program, &foreign, NULL, (void *)-1, (void *)4096};
    for (size_t i = 0; i < 5; i++) CHECK_EQ(mallctl("arenas.lookup", NULL, NULL, &foreign[i], sizeof(void *)), EINVAL);
    CHECK_EQ(act("arenas.lookup"), EINVAL);
}

int main(void) {
    lookup();
    background();
    own_cache();
    caches();
    purge();
    arenas();
    decay();
    check_sound();
    return 0;
}
