// Text and arrays that grow by realloc: documents put together from short
// pieces with doubling capacity, strings that grow by a few bytes each time
// without spare room, and arrays from 16 bytes up to 16 MiB, several at once.
#include "work.h"
#include <string.h>

static uint64_t build_document(uint64_t *random) {
    static const char piece[41] = "the quick brown fox jumps over a lazy dog";
    size_t length = 0, room = 32, target = octave_size(random, 64, 8);
    char *text = checked(malloc(room));
    while (length < target) {
        size_t more = between(random, 4, 40);
        while (length + more > room) text = checked(realloc(text, room *= 2));
        memcpy(text + length, piece, more);
        length += more;
    }
    text = checked(realloc(text, length));
    uint64_t sum = length + (unsigned char)text[length - 1] + (unsigned char)text[length / 2];
    free(text);
    return sum;
}

static uint64_t append_exactly(uint64_t *random) {
    size_t length = 8, target = between(random, 200, 3000);
    char *text = checked(malloc(length));
    memset(text, 'x', length);
    while (length < target) {
        size_t more = between(random, 4, 24);
        text = checked(realloc(text, length + more));
        memset(text + length, 'a' + (int)(more % 26), more);
        length += more;
    }
    uint64_t sum = length + (unsigned char)text[length - 1] + (unsigned char)text[4];
    free(text);
    return sum;
}

// Four arrays grow in turn, so that none finds free room behind itself.
static uint64_t grow_arrays(uint64_t *random, size_t largest) {
    uint64_t *arrays[4], sum = 0;
    size_t used[4] = {0}, room[4];
    for (int i = 0; i < 4; i++) arrays[i] = checked(malloc(room[i] = 16));
    while (room[0] < largest || used[0] * 8 < room[0]) {
        for (int i = 0; i < 4; i++) {
            if (used[i] * 8 == room[i]) arrays[i] = checked(realloc(arrays[i], room[i] *= 2));
            size_t end = room[i] / 8;
            for (; used[i] < end; used[i]++) arrays[i][used[i]] = used[i] * 3;
        }
    }
    for (int i = 0; i < 4; i++) {
        for (int probe = 0; probe < 100; probe++) sum += arrays[i][between(random, 0, used[i] - 1)];
        free(arrays[i]);
    }
    return sum;
}

int main(void) {
    uint64_t random = seed_of(8), sum = 0;
    for (int round = 0; round < 112; round++) {
        for (int i = 0; i < 700; i++) sum += build_document(&random);
        for (int i = 0; i < 500; i++) sum += append_exactly(&random);
        for (int i = 0; i < 12; i++) sum += grow_arrays(&random, 64 << 10);
        if (round % 16 == 0) sum += grow_arrays(&random, 16 << 20);
    }
    print_checksum(sum);
}
