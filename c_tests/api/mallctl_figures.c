// The figures of mallctl are those of the heap: bytes as they were asked for, blocks by class and tier, pages in use, free
// and given back. They stay as they were until the epoch is set.
// In paranoid each block has pages of its own, and there are no classes.
// holds: fast default hardened
// modes: preload static
#include "jemalloc.h"

enum { MANY = 3000, LONG = 40 };
static char *small[MANY], *middle[LONG], *large;

// The class that serves `size` bytes.
static unsigned bin_of(size_t size) {
    char name[40];
    for (unsigned i = 0;; i++) {
        snprintf(name, sizeof name, "arenas.bin.%u.size", i);
        if (ask(name) >= size) return i;
    }
}

static uint64_t of_bin(unsigned bin, const char *figure) {
    char name[80];
    snprintf(name, sizeof name, "stats.arenas.%d.bins.%u.%s", ALL_ARENAS, bin, figure);
    return ask(name);
}

// What must hold at any time.
static void check_sums(void) {
    uint64_t active = ask("stats.active"), resident = ask("stats.resident"), allocated = ask("stats.allocated");
    CHECK_EQ(allocated, ask("stats.arenas.0.small.allocated") + ask("stats.arenas.0.large.allocated"));
    CHECK_EQ(active % PAGE, 0);
    CHECK_GE(active, allocated);
    CHECK_GE(resident, active);
    CHECK_GE(ask("stats.mapped"), active);
    CHECK_EQ(ask("stats.arenas.0.pactive") * PAGE, active);
    CHECK_EQ(resident, active + ask("stats.arenas.0.pdirty") * PAGE + ask("stats.metadata"));
    uint64_t nmalloc = 0, ndalloc = 0, bins = ask_as("arenas.nbins", 4);
    for (unsigned i = 0; i < bins; i++) {
        nmalloc += of_bin(i, "nmalloc"), ndalloc += of_bin(i, "ndalloc");
        CHECK_EQ(of_bin(i, "curregs"), of_bin(i, "nmalloc") - of_bin(i, "ndalloc"));
        CHECK_EQ(of_bin(i, "nrequests"), of_bin(i, "nmalloc"));
    }
    CHECK_EQ(nmalloc, ask("stats.arenas.0.small.nmalloc"));
    CHECK_EQ(ndalloc, ask("stats.arenas.0.small.ndalloc"));
    CHECK_EQ(ask("stats.arenas.0.large.nmalloc"),
             ask("stats.arenas.0.lextents.0.nmalloc") + ask("stats.arenas.0.lextents.1.nmalloc"));
    const char *const same[] = {"pactive", "pdirty", "small.allocated", "large.ndalloc", "retained", "resident"};
    for (size_t i = 0; i < 6; i++) {
        char one[60], all[60], none[60];
        snprintf(one, sizeof one, "stats.arenas.0.%s", same[i]);
        snprintf(all, sizeof all, "stats.arenas.%d.%s", ALL_ARENAS, same[i]);
        snprintf(none, sizeof none, "stats.arenas.%d.%s", DESTROYED_ARENAS, same[i]);
        CHECK_EQ(ask(one), ask(all));
        CHECK_EQ(ask(none), 0);
    }
}

int main(void) {
    free(malloc(1));
    uint64_t epoch = ask("epoch"), before = anew("stats.allocated");
    CHECK_EQ(ask("epoch"), epoch + 1);
    unsigned bin = bin_of(100);
    uint64_t regs = of_bin(bin, "curregs"), requests = of_bin(bin, "nrequests"), dirty = ask("stats.arenas.0.pdirty");
    uint64_t longer = ask("stats.arenas.0.lextents.0.curlextents"), longest = ask("stats.arenas.0.lextents.1.curlextents");
    check_sums();

    for (int i = 0; i < MANY; i++) memset(small[i] = malloc(100), 1, 100);
    for (int i = 0; i < LONG; i++) memset(middle[i] = malloc(100000), 1, 100000);
    memset(large = malloc(20 * MIB), 1, 20 * MIB);
    uint64_t asked = MANY * 100 + LONG * 100000 + 20 * MIB;
    CHECK_EQ(ask("stats.allocated"), before);  // as it was, until it is to be seen anew
    refresh();
    CHECK_EQ(ask("stats.allocated"), before + asked);
    CHECK_EQ(ask("stats.arenas.0.small.allocated") + ask("stats.arenas.0.large.allocated"), before + asked);
    CHECK_EQ(of_bin(bin, "curregs"), regs + MANY);
    CHECK_EQ(of_bin(bin, "nrequests"), requests + MANY);
    CHECK_GE(of_bin(bin, "curslabs") * ask_as("arenas.bin.0.nregs", 4), 1);
    CHECK_EQ(ask("stats.arenas.0.lextents.0.curlextents"), longer + LONG);
    CHECK_EQ(ask("stats.arenas.0.lextents.1.curlextents"), longest + 1);
    CHECK_LE(ask("stats.active"), (before + asked) * 3 / 2 + MIB);
    // Pages that hold something are in memory, and no more is said to be.
    CHECK_LE(ask("stats.active"), rss_kib() * KIB + MIB);
    check_sums();

    for (int i = 0; i < MANY; i++) free(small[i]);
    for (int i = 0; i < LONG; i++) free(middle[i]);
    free(large);
    refresh();
    CHECK_EQ(ask("stats.allocated"), before);
    CHECK_EQ(of_bin(bin, "curregs"), regs);
    CHECK_EQ(of_bin(bin, "nrequests"), requests + MANY);
    CHECK_EQ(ask("stats.arenas.0.lextents.0.curlextents"), longer);
    CHECK_EQ(ask("stats.arenas.0.lextents.1.curlextents"), longest);
    check_sums();
    CHECK_EQ(act("arena.4096.purge"), 0);
    refresh();
    CHECK_LE(ask("stats.arenas.0.pdirty"), dirty + 256);
    CHECK_LE(ask("stats.active"), before + 4 * MIB);
    CHECK_GE(ask("stats.arenas.0.dirty_purged"), asked / 2 / PAGE);
    check_sums();
    check_sound();
    return 0;
}
