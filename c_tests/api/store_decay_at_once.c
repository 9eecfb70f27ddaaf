// With decay_ms=0 no block is kept for later, however busy the thread is.
// Closed fast paths have no store.
// holds: fast default
// options: decay_ms=0:sample_frees=0
// modes: preload static
#include "store.h"

int main(void) {
    if (!dam_version) return 0;
    for (double end = now() + 0.06; now() < end;) free(opaque(malloc(STORE_SIZE)));
    for (int i = 0; i < 3000; i++) free(opaque(malloc(STORE_SIZE)));
    CHECK(!in_store(STORE_SIZE));
    check_sound();
    return 0;
}
