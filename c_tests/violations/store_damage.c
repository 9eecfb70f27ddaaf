// What a thread with a store of freed blocks gives back is examined as ever: damage in front of a block or behind it, another
// size than claimed, and pointers beside a block, whether that is live or lies in the store. Each is reported with what it is.
// Closed fast paths have no store.
// holds: fast default
// violation: heap-buffer-overflow
// modes: preload static
#include "misuse.h"
#include "store.h"

enum { N = STORE_SIZE, WAYS = 12 };

static bool taints(int way) { return way < 6; }

// Whether the block was given up.
static bool misuse(int way, unsigned char *p) {
    unsigned char *end = opaque(p + N), *front = opaque(p - 1);
    switch (way) {
    case 0: *end ^= 1, free(p); return true;
    case 1: *front ^= 1, free(p), *front ^= 1; return false;
    case 2: end[7] ^= 1; CHECK(realloc(p, N - 9) == NULL); end[7] ^= 1; return false;
    case 3: front[-15] ^= 1; CHECK(realloc(p, N - 9) == NULL); front[-15] ^= 1; return false;
    case 4: front[-8] ^= 1; CHECK_EQ(malloc_usable_size(p), 0); front[-8] ^= 1; return false;
    case 5: end[3] ^= 1, free_sized(p, N); return true;
    case 6: free_sized(p, N - 1); return true;
    case 7: free(opaque(p + 16)); return false;
    case 8: free(opaque(p - 16)); return false;
    case 9: free(opaque(p + 8)); return false;
    case 10: free(opaque(p + 4096)); return false;
    case 11: CHECK(realloc(opaque(p + 64), N) == NULL); return false;
    }
    return false;
}

int main(void) {
    uint64_t expected = 0;
    for (int way = 0; way < WAYS; way++) {
        be_busy(N);
        unsigned char *neighbour = malloc(N), *p = malloc(N), *after = malloc(N);
        mark(neighbour, N, 1), mark(p, N, 2), mark(after, N, 3);
        dam_stats_t before = stats();
        bool gone = misuse(way, p);
        CHECK_EQ(violations(), ++expected);
        CHECK_EQ(stats().pools_quarantined, before.pools_quarantined + taints(way));
        CHECK_EQ(stats().middle_frees, before.middle_frees + gone);
        CHECK_EQ(stats().requested_bytes, before.requested_bytes - (gone ? N : 0));
        CHECK(marked(neighbour, N, 1) && marked(after, N, 3));
        if (!gone) CHECK(marked(p, N, 2)), free(p);
        free(neighbour), free(after);
        CHECK_EQ(dam_check_heap(), 0);
        CHECK_EQ(violations(), expected);
    }
    for (int i = 7; i < 12; i++) {  // beside a block in the store
        unsigned char *p = one_in_store(N);
        uint64_t frees = stats().middle_frees;
        misuse(i, p);
        CHECK_EQ(violations(), ++expected);
        CHECK_EQ(stats().middle_frees, frees);
    }
    check_reported(expected);
    return 0;
}
