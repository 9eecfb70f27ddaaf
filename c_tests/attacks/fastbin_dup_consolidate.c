// A block that another owner has got meanwhile is freed through the old pointer, and the attacker asks for it next. While
// the block is free the free is reported; once it is the other owner's it cannot be told from theirs, but it is free once
// only: whoever frees it next is reported, and no two requests get it.
// profiles: default hardened
// violation: double-free
#include "attack.h"

int main(void) {
    enum { MANY = 3000 };
    static unsigned char *got[MANY];
    unsigned char *old = malloc(100), *other = NULL;
    free(old);
    for (size_t i = 0; i < MANY; i++) {
        got[i] = malloc(100);
        if (got[i] == old) other = got[i];
    }
    if (!other) {  // it waits still
        free(opaque(old));
        CHECK_EQ(violations(), 1);
    } else {
        free(opaque(old));
        free(opaque(other));
        CHECK_EQ(violations(), 1);
    }
    for (size_t i = 0; i < MANY; i++)
        if (got[i] != old) free(got[i]);
    check_no_control(&old, sizeof old, 100);
    check_reported(1);
    return 0;
}
