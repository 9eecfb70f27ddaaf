// Writes one byte 32 bytes in front of a block and no other one; the block is freed then.
// part: Underflow
// title: by 32 bytes: the byte at offset -32 alone
// ways: among alone
// threads: same other ended
// report: {heap-buffer-overflow|heap-buffer-underflow|use-after-free}: {free|reuse|heap check} of HEX
// caught fast default: not, the byte is a live neighbour's, and only pages of its own would tell
// caught fast default 16377 100000 among: free
// caught fast default 8388608: access
// caught large: access
// caught hardened alone: access|free|reuse|check
// caught hardened small: access|free|reuse|check
// caught hardened small other: access|free|reuse|check|not, the byte is in a free place that another thread has in stock
// caught hardened small among: access|free|reuse|check|not, the byte is a live neighbour's, and only pages of its own would tell
// caught hardened among 4096 16376: access|free
// caught hardened among other 4096 16376: access|free|not, the byte is in a free place that another thread has in stock
// caught hardened middle among: access|free|reuse|check
// caught hardened large: access
// caught paranoid: free
// caught paranoid 4096 16376 16377 8388608: access
#include "matrix.h"

int main(int count, char **words) {
    begin(count, words);
    unsigned char *p = make();
    if (is_way("alone")) free_neighbours();
    overwrite(p - 32, 1);
    give(p);
    use_again_and_check();
}
