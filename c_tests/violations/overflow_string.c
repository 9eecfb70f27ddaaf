// strcpy into a block one byte too short, for lengths 1 to 300: the terminating zero alone must be found, whatever lay
// there before.
// In paranoid the write itself faults.
// holds: fast default hardened
// violation: heap-buffer-overflow
#include "misuse.h"

int main(void) {
    char text[400];
    memset(text, 's', sizeof text);
    for (size_t n = 1; n <= 300; n++) {
        char *p = malloc(n);
        text[n] = 0;
        memcpy(opaque(p), text, n + 1);
        text[n] = 's';
        free(p);
        CHECK_EQ(violations(), n);
    }
    check_reported(300);
    return 0;
}
