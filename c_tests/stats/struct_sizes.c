// dam_get_stats fills structs of any length: an older, shorter one gets the first fields, a newer, longer one zeros at the
// end, nothing is written beyond, and NULL is refused.
// modes: preload static local
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    void *keep = malloc(100);
    enum { ROOM = 4096 };
    static unsigned char buffer[ROOM];
    dam_stats_t full = stats();
    CHECK_GE(full.size, sizeof(uint64_t) * 10);
    CHECK_EQ(full.size, sizeof full);
    CHECK_GE(full.version, 1);
    for (size_t n = 8; n < ROOM - 64; n = n < 400 ? n + 1 : n * 2) {
        memset(buffer, 0xcc, sizeof buffer);
        CHECK_EQ(dam_get_stats((dam_stats_t *)(void *)buffer, n), 0);
        for (size_t i = n; i < n + 64; i++) CHECK_EQ(buffer[i], 0xcc);
        for (size_t i = sizeof(dam_stats_t); i < n; i++) CHECK_EQ(buffer[i], 0);
        if (n >= offsetof(dam_stats_t, live_bytes)) {
            uint64_t live;
            memcpy(&live, buffer + offsetof(dam_stats_t, live_blocks), sizeof live);
            CHECK_EQ(live, full.live_blocks);
        }
    }
    memset(buffer, 0xcc, sizeof buffer);
    int empty = dam_get_stats((dam_stats_t *)(void *)buffer, 0);
    CHECK(empty == 0 || empty == EINVAL);
    CHECK_EQ(buffer[0], 0xcc);
    CHECK_EQ(dam_get_stats(NULL, sizeof full), EINVAL);
    free(keep);
    return 0;
}
