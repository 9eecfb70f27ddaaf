// After max_reports one line says that the others are only counted.
// options: max_reports=3
// talkative: yes
#include "report.h"

static void many(void *p) {
    for (int i = 0; i < 10; i++) free_nothing(p);
}

int main(void) {
    if (!dam_version) return 0;
    const char *said = caught(many, NULL);
    CHECK_EQ(count_of(said, "DAM: invalid-free"), 3);
    CHECK_EQ(count_of(said, "DAM: "), 4);
    CHECK_EQ(count_of(said, "DAM: 3 reports written (max_reports); further violations are only counted\n"), 1);
    CHECK_EQ(violations(), 10);
    return 0;
}
