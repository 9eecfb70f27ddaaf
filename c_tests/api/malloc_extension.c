// gperftools' MallocExtension functions answer for DAM's heap: its figures, whose a block is, what a thread keeps, and free
// memory that is given back.
// options: decay_ms=3600000
// modes: preload static
#include "gperftools.h"

static const size_t sizes[] = {1, 100, 5000, 40000, 1000000, 20 * MIB};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void properties(void) {
    const char *const names[] = {
        "generic.current_allocated_bytes", "generic.heap_size", "generic.total_physical_bytes",
        "tcmalloc.max_total_thread_cache_bytes", "tcmalloc.current_total_thread_cache_bytes", "tcmalloc.central_cache_free_bytes",
        "tcmalloc.transfer_cache_free_bytes", "tcmalloc.thread_cache_free_bytes", "tcmalloc.pageheap_free_bytes",
        "tcmalloc.pageheap_unmapped_bytes",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        property(names[i]);
        CHECK_EQ(MallocExtension_SetNumericProperty(names[i], 1), 0);
    }
    const char *const unknown[] = {"", "generic", "generic.heap_size2", "tcmalloc.nonsense"};
    for (size_t i = 0; i < 4; i++) {
        size_t value = 77;
        CHECK_EQ(MallocExtension_GetNumericProperty(unknown[i], &value), 0);
        CHECK_EQ(value, 77);
    }
    size_t before = property(names[0]);
    char *p[SIZES];
    size_t sum = 0;
    for (size_t i = 0; i < SIZES; i++) memset(p[i] = malloc(sizes[i]), 1, sizes[i]), sum += sizes[i];
    CHECK_EQ(property(names[0]), before + sum);
    CHECK_GE(property(names[1]), before + sum);
    CHECK_GE(property(names[2]), before + sum);
    CHECK_LE(property(names[4]), property(names[3]));
    for (size_t i = 0; i < SIZES; i++) free(p[i]);
    CHECK_EQ(property(names[0]), before);
}

static void of_blocks(void) {
    static char of_program;
    for (size_t i = 0; i < SIZES; i++) {
        char *p = malloc(sizes[i]);
        CHECK_EQ(MallocExtension_GetAllocatedSize(p), sizes[i]);
        CHECK_EQ(MallocExtension_GetEstimatedAllocatedSize(sizes[i]), sizes[i]);
        CHECK_EQ(MallocExtension_GetOwnership(p), OWNED);
        CHECK_EQ(MallocExtension_VerifyMallocMemory(p), 1);
        CHECK_EQ(MallocExtension_VerifyNewMemory(p), 1);
        CHECK_EQ(MallocExtension_VerifyArrayNewMemory(p), 1);
        if (sizes[i] > 16) CHECK_EQ(MallocExtension_GetOwnership(p + 16), NOT_OWNED);
        free(p);
        CHECK_EQ(MallocExtension_GetOwnership(p), NOT_OWNED);
    }
    void *none = malloc(0);
    CHECK_EQ(MallocExtension_GetOwnership(none), OWNED);
    free(none);
    CHECK_EQ(MallocExtension_GetOwnership(none), NOT_OWNED);
    CHECK_EQ(MallocExtension_GetOwnership(&of_program), NOT_OWNED);
    CHECK_EQ(MallocExtension_GetOwnership(NULL), NOT_OWNED);
    CHECK_EQ(MallocExtension_GetAllocatedSize(NULL), 0);
    CHECK_EQ(MallocExtension_VerifyMallocMemory(NULL), 1);
    CHECK_EQ(MallocExtension_VerifyAllMemory(), 1);
}

static void histogram(void) {
    int blocks[2], by_size[2][64];
    size_t total[2];
    CHECK_EQ(MallocExtension_MallocMemoryStats(&blocks[0], &total[0], by_size[0]), 1);
    void *p[SIZES];
    size_t sum = 0;
    for (size_t i = 0; i < SIZES; i++) p[i] = malloc(sizes[i]), sum += sizes[i];
    CHECK_EQ(MallocExtension_MallocMemoryStats(&blocks[1], &total[1], by_size[1]), 1);
    CHECK_EQ(blocks[1], blocks[0] + SIZES);
    CHECK_EQ(total[1], total[0] + sum);
    int all = 0;
    for (int digits = 0; digits < 64; digits++) {
        int expected = 0;
        for (size_t i = 0; i < SIZES; i++) expected += 64 - __builtin_clzll(sizes[i]) == digits;
        CHECK_EQ(by_size[1][digits] - by_size[0][digits], expected);
        all += by_size[1][digits];
    }
    CHECK_EQ(all, blocks[1]);
    for (size_t i = 0; i < SIZES; i++) free(p[i]);
}

static void text(void) {
    char whole[4096], part[4096];
    memset(whole, 1, sizeof whole);
    MallocExtension_GetStats(whole, sizeof whole);
    size_t length = strlen(whole);
    CHECK(length > 500 && length < sizeof whole - 1);
    CHECK(!strncmp(whole, "MALLOC: ", 8) && strstr(whole, "Bytes in use by application\n"));
    for (int room = 0; room < 200; room++) {
        memset(part, 1, sizeof part);
        MallocExtension_GetStats(part, room);
        CHECK(part[room] == 1);
        if (room) CHECK(strlen(part) == (size_t)room - 1 && !strncmp(part, whole, 20 < room ? 20 : (size_t)room - 1));
    }
    memset(part, 1, 10);
    MallocExtension_GetStats(part, -5);
    CHECK(part[0] == 1);
}

static void thread_cache(void) {
    void *p[20];
    for (int i = 0; i < 20; i++) p[i] = malloc(64);
    for (int i = 0; i < 20; i++) free(p[i]);
    size_t kept = MallocExtension_GetThreadCacheSize();
    CHECK_LE(kept, property("tcmalloc.current_total_thread_cache_bytes"));
    MallocExtension_MarkThreadIdle();
    CHECK_EQ(MallocExtension_GetThreadCacheSize(), 0);
    MallocExtension_MarkThreadBusy();
    free(malloc(64));
    MallocExtension_MarkThreadTemporarilyIdle();
    CHECK_EQ(MallocExtension_GetThreadCacheSize(), 0);
}

static void release(void) {
    for (int all = 0; all < 2; all++) {
        static char *p[300];
        for (int i = 0; i < 300; i++) memset(p[i] = malloc(MIB / 8), 1, MIB / 8);
        size_t full = rss_kib();
        for (int i = 0; i < 300; i++) free(p[i]);
        MallocExtension_ReleaseToSystem(0);
        if (all) MallocExtension_ReleaseFreeMemory();
        else MallocExtension_ReleaseToSystem(1);
        CHECK_LE(rss_kib(), full - 300 * 128 / 2);
    }
}

int main(void) {
    properties();
    of_blocks();
    histogram();
    text();
    thread_cache();
    release();
    check_sound();
    return 0;
}
