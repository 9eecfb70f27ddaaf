// A small block of an aligned door that goes by a plain one is reported with only a part of the hardened profile's options
// on too, where the shorter path that frees it knows of no mark.
// options: mismatch=report:zero_on_free=1:random_slots=1
// talkative: yes
#include "check.h"
#include "doors.h"

#include <new>

int main() {
    if (!dam_version) return 0;
    int saved = dup(2);
    CHECK_EQ(pipe(pipes), 0);
    CHECK_EQ(fcntl(pipes[0], F_SETFL, O_NONBLOCK), 0);
    uint64_t n = 0;
    static const size_t sizes[] = {8, 24, 100, 900};
    for (size_t size : sizes) {
        std::align_val_t align{32};
        // The first of a class come the long way.
        for (int i = 0; i < 100; i++) {
            operator delete(opaque(operator new(size, align)), align);
            operator delete(opaque(operator new(size)));
        }
        void *aligned = opaque(operator new(size, align)), *plain = opaque(operator new(size));
        dup2(pipes[1], 2);
        operator delete(aligned);
        wanted("aligned new", "delete", aligned);
        operator delete(plain, align);
        wanted("new", "aligned delete", plain);
        dup2(saved, 2);
        n += 2;
        CHECK_EQ(stats().dealloc_mismatches, n);
    }
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
