// Scientific and media programs with big arrays: blocks of 64 KiB..64 MiB,
// every octave equally likely, five alive, each filled from end to end, read
// back and given away for the next.
#include "work.h"
#include <string.h>

#define LIVE 5
#define STEPS 300

struct array {
    uint64_t *cells;
    size_t count;
};

static struct array new_array(uint64_t *random, uint64_t step) {
    struct array array = {NULL, octave_size(random, 64 << 10, 10) / 8};
    array.cells = checked(malloc(array.count * 8));
    for (size_t i = 0; i < array.count; i++) array.cells[i] = step + i;
    return array;
}

static uint64_t end_array(struct array array) {
    uint64_t sum = 0;
    for (size_t i = 0; i < array.count; i++) sum += array.cells[i];
    free(array.cells);
    return sum;
}

int main(void) {
    struct array live[LIVE];
    uint64_t random = seed_of(26), sum = 0;
    for (int i = 0; i < LIVE; i++) live[i] = new_array(&random, 0);
    for (int step = 0; step < STEPS; step++) {
        struct array *array = &live[between(&random, 0, LIVE - 1)];
        sum += end_array(*array);
        *array = new_array(&random, step);
    }
    for (int i = 0; i < LIVE; i++) sum += end_array(live[i]);
    print_checksum(sum);
}
