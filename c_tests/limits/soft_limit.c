// A cache that grows as long as it is used, under a hard limit. Told of the soft limit it shrinks, and goes on; without that
// the program gets NULL. The limits count what is in use: after blocks were freed and given back there is room again.
// In paranoid every block takes pages and addresses of its own, of which the limit leaves too few.
// holds: fast default hardened
// profiles: default hardened
// options: soft_limit=24:hard_limit=40
// modes: preload static local
#include "check.h"

enum { ENTRIES = 20000, ENTRY = 4096 };

static void *cache[ENTRIES];
static size_t first, next;
static int told_soft, told_hard;

static void evict(size_t count) {
    while (count-- && first < next) free(cache[first++]);
}

static void told(const dam_event_t *event, void *context) {
    CHECK(context == cache && event->limit_bytes > 0);
    if (event->kind == DAM_EVENT_SOFT_LIMIT) {
        CHECK_EQ(event->limit_bytes, 24 * MIB);
        told_soft++;
    } else {
        CHECK_EQ(event->limit_bytes, 40 * MIB);
        told_hard++;
    }
    // It may allocate, too.
    free(malloc(100));
    evict((next - first) / 2);
}

// Fills the cache; how many entries there were room for.
static size_t fill_cache(void) {
    first = next = 0;
    while (next < ENTRIES) {
        if (!(cache[next] = malloc(ENTRY))) {
            CHECK_EQ(errno, ENOMEM);
            break;
        }
        memset(cache[next++], 1, ENTRY);
    }
    size_t filled = next;
    evict(ENTRIES);
    return filled;
}

int main(void) {
    if (!dam_version) return 0;
    size_t alone = fill_cache();
    CHECK(alone >= 6000 && alone * ENTRY <= 40 * MIB);
    dam_stats_t s = stats();
    CHECK_EQ(s.soft_limit, 24 * MIB);
    CHECK_EQ(s.hard_limit, 40 * MIB);
    CHECK(s.failures_limit >= 1 && s.soft_limit_hits >= 1 && s.peak_used_bytes <= 44 * MIB);
    malloc_trim(0);
    dam_on_event(DAM_EVENT_SOFT_LIMIT, told, cache);
    CHECK_EQ(fill_cache(), ENTRIES);
    CHECK(told_soft >= 2 && told_hard == 0);
    // The last moment: the refused request is made once more after the callback.
    malloc_trim(0);
    dam_on_event(DAM_EVENT_HARD_LIMIT, told, cache);
    CHECK_EQ(fill_cache(), ENTRIES);
    CHECK_GE(told_hard, 1);
    dam_on_event(0, NULL, NULL);
    malloc_trim(0);
    CHECK(!malloc(41 * MIB) && errno == ENOMEM);
    void *p = malloc(20 * MIB);
    CHECK(p && !realloc(p, 60 * MIB) && errno == ENOMEM);
    free(p);
    CHECK_EQ(dam_set_limit(DAM_HARD_LIMIT, 0), 0);
    CHECK_EQ(dam_set_limit(7, 0), EINVAL);
    CHECK(p = malloc(60 * MIB));
    free(p);
    return 0;
}
