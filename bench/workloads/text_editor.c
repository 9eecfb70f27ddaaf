// A text editor: a document of 60,000 lines, each a block of its own that grows
// and shrinks by realloc as characters are typed and deleted; lines split and
// join, every change is kept for undo (bounded), selections are copied to a
// clipboard, and now and then the document is saved through one big buffer.
#include "work.h"
#include <string.h>

#define LINES 60000
#define EDITS 2500000
#define UNDO 20000

struct line {
    char *text;
    uint32_t length;
};

struct change {
    char *before;
    uint32_t line, length;
};

static struct line *lines;
static size_t used, room;
static struct change *undo[UNDO];
static size_t changes;
static uint64_t sum;

static void set_line(struct line *line, const char *text, size_t length) {
    line->text = checked(malloc(length + 1));
    memcpy(line->text, text, length);
    line->text[length] = 0;
    line->length = (uint32_t)length;
}

static void open_document(uint64_t *random) {
    static char text[160];
    memset(text, 'w', sizeof text);
    for (used = 0; used < LINES; used++) {
        if (used == room) {
            room = room ? room * 2 : 256;
            lines = checked(realloc(lines, room * sizeof *lines));
        }
        set_line(&lines[used], text, between(random, 0, 120));
    }
}

static void remember(uint32_t at) {
    struct change **slot = &undo[changes++ % UNDO];
    if (*slot) {
        sum += (*slot)->length + (unsigned char)(*slot)->before[0];
        free((*slot)->before);
        free(*slot);
    }
    *slot = checked(malloc(sizeof **slot));
    struct line copy;
    set_line(&copy, lines[at].text, lines[at].length);
    **slot = (struct change){copy.text, at, copy.length};
}

static void type(struct line *line, uint64_t *random) {
    for (size_t n = between(random, 1, 12); n--;) {
        size_t at = between(random, 0, line->length);
        line->text = checked(realloc(line->text, line->length + 2));
        memmove(line->text + at + 1, line->text + at, line->length - at + 1);
        line->text[at] = (char)('a' + n);
        line->length++;
    }
}

static void delete_part(struct line *line, uint64_t *random) {
    size_t from = between(random, 0, line->length), count = between(random, 0, 14);
    if (from + count > line->length) count = line->length - from;
    memmove(line->text + from, line->text + from + count, line->length - from - count + 1);
    line->length -= (uint32_t)count;
    line->text = checked(realloc(line->text, line->length + 1));
}

// A line break: the second half changes places with the line after, which is
// joined to it, so that the number of lines stays the same.
static void split_and_join(size_t at) {
    struct line *line = &lines[at], *next = &lines[(at + 1) % used], tail;
    size_t half = line->length / 2;
    if (next->length > 2000) delete_part(next, &(uint64_t){seed_of(at)});
    set_line(&tail, line->text + half, line->length - half);
    line->text[half] = 0;
    line->length = (uint32_t)half;
    line->text = checked(realloc(line->text, half + 1));
    tail.text = checked(realloc(tail.text, tail.length + next->length + 1));
    memcpy(tail.text + tail.length, next->text, next->length + 1);
    tail.length += next->length;
    free(next->text);
    *next = tail;
}

static void take_back(void) {
    struct change **slot = &undo[(changes - 1) % UNDO];
    if (!changes || !*slot) return;
    struct line *line = &lines[(*slot)->line];
    free(line->text);
    line->text = (*slot)->before;
    line->length = (*slot)->length;
    free(*slot);
    *slot = NULL;
    changes--;
}

// The lines from `at` on in one block: the clipboard, or a file.
static void copy_out(size_t at, size_t count) {
    size_t length = 0, end = at + count < used ? at + count : used;
    for (size_t i = at; i < end; i++) length += lines[i].length + 1;
    char *text = checked(malloc(length + 1)), *to = text;
    for (size_t i = at; i < end; i++) {
        memcpy(to, lines[i].text, lines[i].length);
        to += lines[i].length;
        *to++ = '\n';
    }
    sum = sum * 31 + length + (unsigned char)text[length / 2];
    free(text);
}

int main(void) {
    uint64_t random = seed_of(160);
    open_document(&random);
    for (int edit = 0; edit < EDITS; edit++) {
        uint32_t at = (uint32_t)between(&random, 0, used - 1);
        size_t choice = between(&random, 0, 19);
        if (choice < 19) remember(at);
        if (choice < 9) type(&lines[at], &random);
        else if (choice < 17) delete_part(&lines[at], &random);
        else if (choice == 17) split_and_join(at);
        else if (choice == 18) copy_out(at, between(&random, 1, 60));
        else take_back();
        if (edit % 100000 == 0) copy_out(0, used);
    }
    copy_out(0, used);
    for (size_t i = 0; i < used; i++) free(lines[i].text);
    free(lines);
    print_checksum(sum);
}
