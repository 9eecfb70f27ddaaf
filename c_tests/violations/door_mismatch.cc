// A block that goes by another door than it came by is reported where that is asked for, in every tier; it is freed all the same.
// options: mismatch=report
// talkative: yes
#include "check.h"
#include "doors.h"

#include <new>

int main() {
    if (!dam_version) return 0;
    int saved = dup(2);
    CHECK_EQ(pipe(pipes), 0);
    static const size_t sizes[] = {40, 5000, 100000, 3000000, 20000000};
    uint64_t n = 0;
    for (size_t size : sizes) {
        void *p = opaque(operator new[](size)), *q = opaque(malloc(size)), *r = opaque(operator new(size));
        dup2(pipes[1], 2);
        free(p);
        wanted("new[]", "free", p);
        operator delete(q);
        wanted("malloc", "delete", q);
        operator delete[](r);
        wanted("new", "delete[]", r);
        dup2(saved, 2);
        n += 3;
        CHECK_EQ(stats().dealloc_mismatches, n);
        CHECK_EQ(violations(), n);
        CHECK_EQ(stats().pools_quarantined, 0);
    }
    CHECK_EQ(dam_check_heap(), 0);
    return 0;
}
