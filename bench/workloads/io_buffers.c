// A tool that goes through many small files (a search, an archiver, a linter):
// for each a stream object, a path, a 64 KiB input buffer of which the file
// fills a part, and a 32 KiB output buffer; all freed when the file is done,
// while a list of 20,000 results stays.
#include "work.h"
#include <string.h>

#define FILES 2500000
#define RESULTS 20000
#define INPUT (64 << 10)
#define OUTPUT (32 << 10)

struct stream {
    char *path;
    unsigned char *input, *output;
    uint64_t state[24];
};

static struct stream *open_stream(uint64_t *random) {
    struct stream *stream = checked(calloc(1, sizeof *stream));
    size_t length = between(random, 12, 90);
    stream->path = checked(malloc(length + 1));
    write_letters(stream->path, length, next_random(random));
    stream->path[length] = 0;
    stream->input = checked(malloc(INPUT));
    stream->output = checked(malloc(OUTPUT));
    return stream;
}

// Reads the file (half of them below 500 bytes) and writes a quarter of it.
static uint64_t process(struct stream *stream, uint64_t *random) {
    size_t size = pareto_size(random, 250, INPUT);
    memset(stream->input, (int)size & 127, size);
    for (size_t at = 0; at < size; at += 256) stream->state[at / 256 % 24] += stream->input[at];
    memcpy(stream->output, stream->input, size / 4);
    return stream->state[0] + stream->output[size / 5] + size;
}

static uint64_t close_stream(struct stream *stream) {
    uint64_t sum = strlen(stream->path);
    free(stream->output);
    free(stream->input);
    free(stream->path);
    free(stream);
    return sum;
}

int main(void) {
    static char *results[RESULTS];
    uint64_t random = seed_of(210), sum = hold_state(2 << 10);
    for (size_t file = 0; file < FILES; file++) {
        struct stream *stream = open_stream(&random);
        sum = sum * 31 + process(stream, &random);
        if (file % 8 == 0) {
            // A finding: its line stays until another takes the place.
            char **place = &results[between(&random, 0, RESULTS - 1)];
            if (*place) sum += strlen(*place);
            free(*place);
            size_t length = strlen(stream->path) + 30;
            *place = checked(malloc(length));
            snprintf(*place, length, "%s:%zu", stream->path, file % 1000);
        }
        sum += close_stream(stream);
    }
    print_checksum(sum);
}
