// sort and uniq over a text: lines read through a buffer that grows by realloc
// are copied one by one, their array of pointers doubles, a merge sort takes
// scratch arrays at each level, and equal lines are joined and freed.
#include "work.h"
#include <string.h>

#define FILES 5
#define LINES 200000

struct lines {
    char **at;
    size_t used, room;
};

// What getline does: one buffer, kept and enlarged.
static size_t read_line(char **buffer, size_t *room, uint64_t *random) {
    // Text repeats itself: a line is one of many known ones, or new.
    uint64_t text = next_random(random) >> 62 ? next_random(random) : seed_of(between(random, 0, 5000));
    size_t length = between(&text, 0, 30) ? between(&text, 0, 110) : between(&text, 200, 3000);
    if (length + 1 > *room) {
        *room = length + 1 + *room / 2;
        *buffer = checked(realloc(*buffer, *room));
    }
    write_letters(*buffer, length, text);
    (*buffer)[length] = 0;
    return length;
}

static struct lines read_file(uint64_t *random) {
    struct lines lines = {NULL, 0, 0};
    char *buffer = NULL;
    size_t room = 0;
    for (int i = 0; i < LINES; i++) {
        size_t length = read_line(&buffer, &room, random);
        if (lines.used == lines.room) {
            lines.room = lines.room ? lines.room * 2 : 64;
            lines.at = checked(realloc(lines.at, lines.room * sizeof *lines.at));
        }
        lines.at[lines.used++] = memcpy(checked(malloc(length + 1)), buffer, length + 1);
    }
    free(buffer);
    return lines;
}

static void sort(char **at, size_t count) {
    if (count < 2) return;
    size_t half = count / 2, left = 0, right = half, out = 0;
    sort(at, half);
    sort(at + half, count - half);
    char **merged = checked(malloc(count * sizeof *merged));
    while (left < half && right < count)
        merged[out++] = strcmp(at[right], at[left]) < 0 ? at[right++] : at[left++];
    while (left < half) merged[out++] = at[left++];
    while (right < count) merged[out++] = at[right++];
    memcpy(at, merged, count * sizeof *merged);
    free(merged);
}

static void join_equal(struct lines *lines) {
    size_t kept = 0;
    for (size_t i = 0; i < lines->used; i++) {
        if (kept && !strcmp(lines->at[kept - 1], lines->at[i])) free(lines->at[i]);
        else lines->at[kept++] = lines->at[i];
    }
    lines->used = kept;
    lines->at = checked(realloc(lines->at, kept * sizeof *lines->at));
}

int main(void) {
    uint64_t random = seed_of(130), sum = 0;
    for (int file = 0; file < FILES; file++) {
        struct lines lines = read_file(&random);
        sort(lines.at, lines.used);
        join_equal(&lines);
        for (size_t i = 0; i < lines.used; i++) {
            sum = sum * 31 + strlen(lines.at[i]) + (unsigned char)lines.at[i][0];
            free(lines.at[i]);
        }
        free(lines.at);
    }
    print_checksum(sum);
}
