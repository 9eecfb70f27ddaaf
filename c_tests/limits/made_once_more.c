// A request that is refused, of whichever kind, is made once more after the program was told and has freed something. One that
// is refused again is one failure, counted once and told once.
// None is refused for memory that was freed.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// profiles: default hardened
// options: hard_limit=64
// modes: preload static local
#include "check.h"

static void *volatile ballast;
static int told_limit, told_failure;
static size_t failed_size;

static void told(const dam_event_t *event, void *context) {
    (void)context;
    if (event->kind == DAM_EVENT_HARD_LIMIT) {
        told_limit++;
        return;
    }
    told_failure++;
    failed_size = event->block_size;
    free(ballast);
    ballast = NULL;
}

static int asked;

static void asks_itself(const dam_event_t *event, void *context) {
    (void)event, (void)context;
    if (asked++ < 100) CHECK(!malloc(5 * MIB));
}

// What was refused and told since the last call.
static void wanted(int refused, size_t size) {
    static uint64_t limit, all;
    dam_stats_t s = stats();
    uint64_t now = s.small_failures + s.middle_failures + s.large_failures;
    CHECK_EQ(s.failures_limit - limit, refused);
    CHECK_EQ(now - all, refused);
    CHECK_EQ(s.failures_memory, 0);
    CHECK_EQ(told_limit, refused);
    CHECK_EQ(told_failure, refused);
    if (refused) CHECK_EQ(failed_size, size);
    limit = s.failures_limit;
    all = now;
    told_limit = told_failure = 0;
}

int main(void) {
    if (!dam_version) return 0;
    dam_on_event(DAM_EVENT_HARD_LIMIT | DAM_EVENT_FAILURE, told, NULL);
    static const size_t starts[] = {600, 100000, 3 * MIB};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        // A block that grows where there is room once the ballast is gone.
        CHECK(ballast = malloc(40 * MIB));
        char *p = malloc(starts[i]);
        CHECK(p);
        memset(p, 7, starts[i]);
        CHECK(p = realloc(p, 40 * MIB));
        CHECK(!ballast && p[0] == 7 && p[starts[i] - 1] == 7);
        wanted(1, 40 * MIB);
        // There is nothing to free: it stays what it was.
        errno = 0;
        CHECK(!realloc(p, 80 * MIB) && errno == ENOMEM && p[0] == 7);
        wanted(1, 80 * MIB);
        free(p);
    }
    CHECK(ballast = malloc(40 * MIB));
    void *p = malloc(50 * MIB);
    CHECK(p && !ballast);
    wanted(1, 50 * MIB);
    CHECK(!malloc(60 * MIB) && errno == ENOMEM);
    wanted(1, 60 * MIB);
    CHECK(!calloc(60, MIB) && errno == ENOMEM);
    wanted(1, 60 * MIB);
    free(p);
    // Whoever wants to know nothing has it counted all the same.
    dam_on_event(0, NULL, NULL);
    CHECK(p = malloc(3 * MIB));
    CHECK(!realloc(p, 80 * MIB) && !malloc(80 * MIB));
    told_limit = told_failure = 2;
    failed_size = 0;
    wanted(2, 0);
    free(p);
    // What was freed a moment ago is there again, though memory was given back in vain before that.
    CHECK(p = malloc(40 * MIB));
    CHECK(!malloc(80 * MIB));
    free(p);
    CHECK(p = malloc(41 * MIB));
    // A block that becomes smaller is no request for memory, however low the limit is by now.
    CHECK_EQ(dam_set_limit(DAM_HARD_LIMIT, 30 * MIB), 0);
    CHECK(p = realloc(p, 35 * MIB));
    CHECK(p = realloc(p, 33 * MIB));
    // A callback whose own requests are refused is not told of those.
    dam_on_event(DAM_EVENT_FAILURE, asks_itself, NULL);
    CHECK(!malloc(5 * MIB));
    CHECK_EQ(asked, 1);
    dam_on_event(0, NULL, NULL);
    free(p);
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
