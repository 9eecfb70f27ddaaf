// A block given back by another door than it came by (malloc/delete, new/free, new/delete[], new[]/delete): common in
// third-party code, so counted and not fatal, and the block is freed.
// modes: preload static
// talkative: yes
#include "check.h"

#include <initializer_list>
#include <new>

int main() {
    if (!dam_version) return 0;
    dam_stats_t before = stats();
    for (size_t n : {size_t{24}, size_t{1000}}) {
        free(opaque(::operator new(n)));
        free(opaque(::operator new[](n)));
        ::operator delete(opaque(malloc(n)));
        ::operator delete[](opaque(malloc(n)));
        ::operator delete[](opaque(::operator new(n)));
        ::operator delete(opaque(::operator new[](n)));
    }
    dam_stats_t after = stats();
    CHECK_EQ(after.dealloc_mismatches - before.dealloc_mismatches, 12);
    CHECK_EQ(after.live_blocks, before.live_blocks);
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
