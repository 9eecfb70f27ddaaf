// Fastbin dup: free(a), free(b), free(a), so that a would be handed out twice. The third is reported and dropped.
// profiles: default hardened
// violation: double-free
#include "attack.h"

int main(void) {
    static const size_t sizes[] = {8, 24, 100, 1000, 9000, 30000, 100000, 600000, 9 * 1048576};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *a = malloc(sizes[i]), *b = malloc(sizes[i]), *keep = malloc(sizes[i]);
        mark(keep, sizes[i], i);
        free(a), free(b);
        free(opaque(a));
        CHECK_EQ(violations(), i + 1);
        check_no_control(keep, sizes[i], sizes[i]);  // and no two of the blocks are one
        CHECK(marked(keep, sizes[i], i));
        free(keep);
    }
    check_reported(sizeof sizes / sizeof *sizes);
    return 0;
}
