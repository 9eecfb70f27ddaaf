// mallctl and its MIBs: each name that is answered, with its type and by whom it may be read or written; what is asked in
// another size, of an unknown name, or to be written that cannot be.
// modes: preload static
#include "jemalloc.h"

enum { BOOL = 1, UNSIGNED = 4, WORD = 8, TEXT = 8, VOID = 0 };
typedef struct {
    const char *name;
    size_t bytes;
    bool writable;
} known_t;

static const known_t known[] = {
    {"version", TEXT, 0}, {"epoch", WORD, 1}, {"background_thread", BOOL, 1}, {"max_background_threads", WORD, 1},
    {"config.cache_oblivious", BOOL, 0}, {"config.debug", BOOL, 0}, {"config.fill", BOOL, 0}, {"config.lazy_lock", BOOL, 0},
    {"config.malloc_conf", TEXT, 0}, {"config.prof", BOOL, 0}, {"config.prof_libgcc", BOOL, 0},
    {"config.prof_libunwind", BOOL, 0}, {"config.stats", BOOL, 0}, {"config.utrace", BOOL, 0}, {"config.xmalloc", BOOL, 0},
    {"opt.abort", BOOL, 0}, {"opt.abort_conf", BOOL, 0}, {"opt.confirm_conf", BOOL, 0}, {"opt.cache_oblivious", BOOL, 0},
    {"opt.metadata_thp", TEXT, 0}, {"opt.trust_madvise", BOOL, 0}, {"opt.retain", BOOL, 0}, {"opt.dss", TEXT, 0},
    {"opt.narenas", UNSIGNED, 0}, {"opt.percpu_arena", TEXT, 0}, {"opt.background_thread", BOOL, 0},
    {"opt.max_background_threads", WORD, 0}, {"opt.dirty_decay_ms", WORD, 0}, {"opt.muzzy_decay_ms", WORD, 0},
    {"opt.stats_print", BOOL, 0}, {"opt.stats_print_opts", TEXT, 0}, {"opt.stats_interval", WORD, 0},
    {"opt.stats_interval_opts", TEXT, 0}, {"opt.tcache", BOOL, 0}, {"opt.tcache_max", WORD, 0}, {"opt.thp", TEXT, 0},
    {"opt.zero_realloc", TEXT, 0}, {"thread.arena", UNSIGNED, 1}, {"thread.tcache.enabled", BOOL, 1},
    {"thread.tcache.flush", VOID, 0}, {"thread.idle", VOID, 0}, {"arena.0.initialized", BOOL, 0},
    {"arena.4096.initialized", BOOL, 0}, {"arena.4097.initialized", BOOL, 0}, {"arena.0.decay", VOID, 0},
    {"arena.4096.decay", VOID, 0}, {"arena.0.purge", VOID, 0}, {"arena.4096.purge", VOID, 0},
    {"arena.0.dirty_decay_ms", WORD, 1}, {"arena.0.muzzy_decay_ms", WORD, 1}, {"arenas.narenas", UNSIGNED, 0},
    {"arenas.dirty_decay_ms", WORD, 1}, {"arenas.muzzy_decay_ms", WORD, 1}, {"arenas.quantum", WORD, 0},
    {"arenas.page", WORD, 0}, {"arenas.tcache_max", WORD, 0}, {"arenas.nbins", UNSIGNED, 0}, {"arenas.nhbins", UNSIGNED, 0},
    {"arenas.bin.0.size", WORD, 0}, {"arenas.bin.5.nregs", UNSIGNED, 0}, {"arenas.bin.5.slab_size", WORD, 0},
    {"arenas.nlextents", UNSIGNED, 0}, {"arenas.lextent.0.size", WORD, 0}, {"stats.allocated", WORD, 0},
    {"stats.active", WORD, 0}, {"stats.metadata", WORD, 0}, {"stats.metadata_thp", WORD, 0}, {"stats.resident", WORD, 0},
    {"stats.mapped", WORD, 0}, {"stats.retained", WORD, 0}, {"stats.background_thread.num_threads", WORD, 0},
    {"stats.background_thread.num_runs", WORD, 0}, {"stats.background_thread.run_interval", WORD, 0},
};
// Below stats.arenas.<i>, for an arena and for all.
static const known_t of_arena[] = {
    {"nthreads", UNSIGNED, 0}, {"dss", TEXT, 0}, {"dirty_decay_ms", WORD, 0}, {"muzzy_decay_ms", WORD, 0}, {"pactive", WORD, 0},
    {"pdirty", WORD, 0}, {"pmuzzy", WORD, 0}, {"mapped", WORD, 0}, {"retained", WORD, 0}, {"base", WORD, 0},
    {"internal", WORD, 0}, {"metadata_thp", WORD, 0}, {"resident", WORD, 0}, {"dirty_npurge", WORD, 0},
    {"dirty_nmadvise", WORD, 0}, {"dirty_purged", WORD, 0}, {"muzzy_npurge", WORD, 0}, {"muzzy_nmadvise", WORD, 0},
    {"muzzy_purged", WORD, 0}, {"small.allocated", WORD, 0}, {"small.nmalloc", WORD, 0}, {"small.ndalloc", WORD, 0},
    {"small.nrequests", WORD, 0}, {"large.allocated", WORD, 0}, {"large.nmalloc", WORD, 0}, {"large.ndalloc", WORD, 0},
    {"large.nrequests", WORD, 0}, {"bins.0.nmalloc", WORD, 0}, {"bins.7.ndalloc", WORD, 0}, {"bins.7.nrequests", WORD, 0},
    {"bins.7.curregs", WORD, 0}, {"bins.7.nslabs", WORD, 0}, {"bins.7.curslabs", WORD, 0}, {"lextents.0.nmalloc", WORD, 0},
    {"lextents.1.ndalloc", WORD, 0}, {"lextents.1.nrequests", WORD, 0}, {"lextents.1.curlextents", WORD, 0},
};

static void check_void(const char *name) {
    char byte = 0;
    size_t n = 1;
    CHECK_EQ(act(name), 0);
    CHECK_EQ(mallctl(name, &byte, &n, NULL, 0), EPERM);
    CHECK_EQ(mallctl(name, NULL, &n, NULL, 0), EPERM);
    CHECK_EQ(mallctl(name, NULL, NULL, &byte, 1), EPERM);
    CHECK_EQ(mallctl(name, NULL, NULL, NULL, 1), EPERM);
}

// The value at `old`, if the length asked for is right, else as much of it as fits and EINVAL.
static void check_lengths(const known_t *k, uint64_t value) {
    for (size_t n = 0; n < 12; n++) {
        unsigned char old[16], right[8];
        memset(old, 0xee, sizeof old);
        memcpy(right, &value, 8);
        size_t length = n, given = n < k->bytes ? n : k->bytes;
        CHECK_EQ(mallctl(k->name, old, &length, NULL, 0), n == k->bytes ? 0 : EINVAL);
        CHECK_EQ(length, given);
        CHECK(!memcmp(old, right, given) && old[given] == 0xee);
    }
    size_t length = 8;
    CHECK_EQ(mallctl(k->name, NULL, &length, NULL, 0), 0);
    CHECK_EQ(mallctl(k->name, &value, NULL, NULL, 0), 0);
    CHECK_EQ(act(k->name), 0);
}

static void check_mib(const known_t *k, uint64_t value) {
    size_t mib[8], part[8], depth = 8, parts = 1;
    for (const char *c = k->name; *c; c++) parts += *c == '.';
    CHECK_EQ(mallctlnametomib(k->name, mib, &depth), 0);
    CHECK_EQ(depth, parts);
    if (k->bytes != VOID) {
        uint64_t old = 0;
        size_t n = k->bytes;
        CHECK_EQ(mallctlbymib(mib, depth, &old, &n, NULL, 0), 0);
        CHECK_EQ(old, value);
    }
    for (size_t shorter = 0; shorter < depth; shorter++) {  // a part of a name has a part of its numbers
        size_t length = shorter;
        CHECK_EQ(mallctlnametomib(k->name, part, &length), 0);
        CHECK_EQ(length, shorter);
        CHECK(!memcmp(part, mib, shorter * sizeof *mib));
        CHECK_EQ(mallctlbymib(mib, shorter, NULL, NULL, NULL, 0), ENOENT);
    }
    mib[depth] = 0;
    CHECK_EQ(mallctlbymib(mib, depth + 1, NULL, NULL, NULL, 0), ENOENT);
}

static void check_name(const known_t *k) {
    if (k->bytes == VOID) {
        check_void(k->name);
        return check_mib(k, 0);
    }
    uint64_t value = ask_as(k->name, k->bytes);
    check_lengths(k, value);
    check_mib(k, value);
    unsigned char other[16] = {0};
    if (k->writable) {  // in its own size alone
        for (size_t n = 0; n < 12; n++)
            if (n != k->bytes) CHECK_EQ(mallctl(k->name, NULL, NULL, other, n), EINVAL);
    } else {
        CHECK_EQ(mallctl(k->name, NULL, NULL, other, k->bytes), EPERM);
        CHECK_EQ(mallctl(k->name, NULL, NULL, NULL, 1), EPERM);
    }
    if (k->bytes == TEXT && (strstr(k->name, "dss") || !strcmp(k->name, "version"))) CHECK(*(const char *)(uintptr_t)value);
}

static void check_unknown(void) {
    const char *const unknown[] = {
        "", ".", "epoc", "epochs", "epoch.", ".epoch", "epoch.x", "arenas", "arenas.", "stats", "config", "config.nonsense",
        "arenas.bin.0", "arenas.bin..size", "arenas.bin.-1.size", "arenas.bin.x.size", "arenas.bin.1x.size",
        "arenas.bin.10000.size", "arenas.bin.99999999999999999999.size", "arenas.lextent.2.size", "arena.4098.purge",
        "arena.77.purge", "stats.arenas.77.pactive", "stats.arenas.0.bins.10000.nmalloc", "stats.arenas.0.small",
        "stats.arenas.0.bins.0.mutex.num_ops", "prof.active", "prof.dump", "prof.reset", "prof.lg_sample", "opt.prof",
        "opt.lg_prof_sample", "thread.prof.active", "thread.prof.name", "thread.allocated", "thread.allocatedp",
        "thread.deallocated", "thread.deallocatedp", "thread.peak.read", "arena.0.dss", "arena.0.extent_hooks",
    };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        uint64_t old = 7;
        size_t n = 8, mib[8], depth = 8;
        CHECK_EQ(mallctl(unknown[i], &old, &n, NULL, 0), ENOENT);
        CHECK(old == 7 && n == 8);
        CHECK_EQ(mallctl(unknown[i], NULL, NULL, &old, 8), ENOENT);
        // The MIB of a part of a name is had; what is no part of any is not.
        int error = mallctlnametomib(unknown[i], mib, &depth);
        CHECK(error == 0 || error == ENOENT);
        if (error == 0) CHECK_EQ(mallctlbymib(mib, depth, NULL, NULL, NULL, 0), ENOENT);
    }
    CHECK_EQ(mallctlbymib((size_t[]){1000}, 1, NULL, NULL, NULL, 0), ENOENT);
    CHECK_EQ(mallctlbymib((size_t[]){SIZE_MAX, SIZE_MAX}, 2, NULL, NULL, NULL, 0), ENOENT);
    CHECK_EQ(mallctlbymib(NULL, 0, NULL, NULL, NULL, 0), ENOENT);
}

// An index in a MIB may be changed, as jemalloc's manual shows; other numbers may not.
static void check_indices(void) {
    size_t mib[4], depth = 4;
    CHECK_EQ(mallctlnametomib("arenas.bin.0.size", mib, &depth), 0);
    uint64_t before = 0, bins = ask_as("arenas.nbins", 4);
    CHECK(bins > 10);
    for (mib[2] = 0; mib[2] < bins; mib[2]++) {
        size_t size = 0, n = sizeof size;
        CHECK_EQ(mallctlbymib(mib, depth, &size, &n, NULL, 0), 0);
        CHECK(size > before);
        before = size;
    }
    CHECK_EQ(before, SMALL_MAX);
    CHECK_EQ(mallctlbymib(mib, depth, NULL, NULL, NULL, 0), ENOENT);
    mib[2] = 0;
    for (size_t at = 0; at < 4; at += at == 1 ? 2 : 1)
        for (size_t wrong = 0; wrong < 300; wrong++) {
            size_t other[4] = {mib[0], mib[1], mib[2], mib[3]};
            other[at] = wrong;
            int error = mallctlbymib(other, depth, NULL, NULL, NULL, 0);
            if (at < 3) CHECK_EQ(error, wrong == mib[at] ? 0 : ENOENT);
        }
}

int main(void) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) check_name(&known[i]);
    for (size_t i = 0; i < sizeof of_arena / sizeof *of_arena; i++)
        for (int arena = 0; arena < 3; arena++) {
            char name[100];
            snprintf(name, sizeof name, "stats.arenas.%d.%s", (int[]){0, ALL_ARENAS, DESTROYED_ARENAS}[arena], of_arena[i].name);
            known_t k = of_arena[i];
            k.name = name;
            check_name(&k);
        }
    check_unknown();
    check_indices();
    CHECK_EQ(ask("arenas.page"), PAGE);
    CHECK_EQ(ask("arenas.quantum"), 16);
    CHECK_EQ(ask("arenas.lextent.1.size"), (uint64_t)1 << 47);
    CHECK(strstr((const char *)(uintptr_t)ask("version"), "dam"));
    check_sound();
    return 0;
}
