// Writes one byte 32 bytes behind the end of a block and none before it; the block is freed then.
// part: Overflow
// title: by 32 bytes: the byte at offset +32 alone
// ways: among alone
// threads: same other ended
// report: {heap-buffer-overflow|heap-buffer-underflow|use-after-free}: {free|heap check|reuse} of HEX
// caught fast default: not, only the eight bytes behind a block of these tiers are canary
// caught fast default large: free
// caught fast default among 1 8 16 24 16377: free
// caught hardened: access|free|reuse|check
// caught hardened small: access|free|reuse|check
// caught hardened small other: access|free|reuse|check|not, the byte is in a free place that another thread has in stock
// caught hardened among 40 500: access|free|reuse|check|not, the byte is a live neighbour's, and only pages of its own would tell
// caught hardened among 100000: access|free|reuse|check|not, the byte is a live neighbour's, and only pages of its own would tell
// caught hardened large: free
// caught paranoid: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    if (is_way("alone")) free_neighbours();
    overwrite(p + size + 32, 1);
    give(p);
    use_again_and_check();
}
