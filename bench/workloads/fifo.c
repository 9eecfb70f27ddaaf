// A mail queue or a delay line: blocks (32..1,024 bytes) die in the order of
// their birth; the queue drifts between 5,000 and 40,000 jobs as load comes
// and goes.
#include "churn.h"

#define ROOM 65536
#define JOBS 8000000

static uint64_t finish(struct churn_slot *slot) {
    return end_block(slot->block, slot->size);
}

int main(void) {
    static struct churn_slot ring[ROOM];
    uint64_t random = seed_of(21), sum = 0;
    size_t born = 0, died = 0, wanted = 20000;
    while (born < JOBS) {
        if (born % 200000 == 0) wanted = between(&random, 5000, 40000);
        struct churn_slot *slot = &ring[born % ROOM];
        slot->size = between(&random, 32, 1024);
        slot->block = new_block(slot->size, born++);
        // At most two leave for one that comes: a queue empties slowly.
        for (int i = 0; i < 2 && born - died > wanted; i++) sum += finish(&ring[died++ % ROOM]);
    }
    while (died < born) sum += finish(&ring[died++ % ROOM]);
    print_checksum(sum);
}
