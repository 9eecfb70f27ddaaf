// Every figure has a name, a unit and a meaning, and can be read by its name; texts are cut as snprintf cuts them.
// modes: preload static local
#include "check.h"

#include <math.h>

static void names(void) {
    unsigned count = dam_stats_count(), ratios = 0;
    CHECK_GE(count, 60);
    for (unsigned i = 0; i < count; i++) {
        dam_metric_t m, other;
        double value;
        CHECK_EQ(dam_stats_describe(i, &m, sizeof m), 0);
        CHECK_EQ(m.size, sizeof m);
        CHECK(*m.name && *m.unit && strlen(m.help) > 8 && m.kind <= DAM_RATIO);
        CHECK_EQ(m.cumulative, m.kind == DAM_COUNTER);
        for (unsigned k = 0; k < i; k++) {
            CHECK_EQ(dam_stats_describe(k, &other, sizeof other), 0);
            CHECK(strcmp(m.name, other.name));
        }
        CHECK_EQ(dam_stats_read(m.name, &value), 0);
        // What the allocator has for itself may be more than all that a small program has.
        double most = strcmp(m.name, "overhead") ? 1 : HUGE_VAL;
        if (m.kind == DAM_RATIO) ratios++, CHECK(value >= 0 && value <= most);
        else CHECK(value >= 0 && value == floor(value));
    }
    CHECK_GE(ratios, 3);
    dam_metric_t none;
    CHECK_EQ(dam_stats_describe(count, &none, sizeof none), EINVAL);
}

static void values(void) {
    double live, requested, ratio;
    void *volatile keep = malloc(100000);
    dam_stats_t s = stats();
    CHECK_EQ(dam_stats_read("live_bytes", &live), 0);
    CHECK_EQ((uint64_t)live, s.live_bytes);
    CHECK_EQ(dam_stats_read("requested_bytes", &requested), 0);
    CHECK_EQ(dam_stats_read("internal_fragmentation", &ratio), 0);
    CHECK(fabs(ratio - (1 - requested / live)) < 1e-9);
    CHECK_EQ(dam_stats_read("no_such_figure", &live), ENOENT);
    CHECK_EQ(dam_stats_read(NULL, &live), EINVAL);
    CHECK_EQ(dam_stats_read("live_bytes", NULL), EINVAL);
    free(keep);
}

static void texts(size_t (*write_to)(char *, size_t), const char *part) {
    static char all[1 << 17], some[1 << 17];
    size_t n = write_to(NULL, 0);
    CHECK(n > 1000 && n < sizeof all - 4096);
    CHECK_LE(write_to(all, sizeof all), sizeof all - 1);
    CHECK(strstr(all, part));
    for (size_t room = 1; room < 3000; room += 331) {
        memset(some, 0xcc, sizeof some);
        CHECK_GE(write_to(some, room), room);
        CHECK_EQ(strlen(some), room - 1);
        CHECK_EQ((unsigned char)some[room], 0xcc);
        CHECK_EQ(memcmp(some, all, room < 20 ? room - 1 : 20), 0);
    }
}

static void parts(void) {
    dam_stats_tier_t tier;
    dam_stats_t s = stats();
    CHECK_EQ(dam_stats_tier(0, &tier, sizeof tier), 0);
    CHECK_EQ(tier.live, s.small_live);
    CHECK_EQ(dam_stats_tier(3, &tier, sizeof tier), EINVAL);
    unsigned pools = 0, threads = 0;
    dam_stats_pool_t pool;
    while (!dam_stats_pool(pools, &pool, sizeof pool)) {
        CHECK(pool.address && pool.live_bytes <= pool.committed_bytes && pool.committed_bytes <= pool.bytes);
        CHECK_LE(pool.health, DAM_POOL_EXHAUSTED);
        pools++;
    }
    CHECK_EQ(pools, s.small_pools + s.middle_pools);
    CHECK_EQ(s.pools_ok + s.pools_pressured + s.pools_fragmented + s.pools_quarantined + s.pools_exhausted, pools);
    dam_stats_thread_t thread;
    uint64_t running = 0;
    while (!dam_stats_thread(threads, &thread, sizeof thread)) threads++, running += thread.running;
    CHECK_EQ(running, s.threads);
}

int main(void) {
    if (!dam_version) return 0;
    names();
    values();
    texts(dam_stats_json, "\"live_bytes\":");
    texts(dam_stats_prometheus, "# TYPE dam_allocations_total counter");
    texts(dam_stats_openmetrics, "# TYPE dam_allocations counter");
    parts();
    return 0;
}
