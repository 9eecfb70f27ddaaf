// A web API or a configuration tool: JSON documents of 1..60 KiB are parsed
// into a tree (objects, arrays that grow by realloc, strings, numbers), changed
// in a few places, printed into a growing buffer and freed; 40 stay cached.
#include "work.h"
#include <string.h>

#define CACHED 40
#define DOCUMENTS 2200
#define DEEPEST 6

enum kind { NUMBER, STRING, ARRAY, OBJECT };

struct value {
    enum kind kind;
    char *name; // of a member of an object
    union {
        double number;
        char *string;
        struct {
            struct value **items;
            uint32_t used, room;
        };
    };
};

struct text {
    char *bytes;
    size_t used, room;
};

static void put(struct text *text, const char *bytes, size_t count) {
    if (text->used + count > text->room) {
        while (text->used + count > text->room) text->room = text->room ? text->room * 2 : 64;
        text->bytes = checked(realloc(text->bytes, text->room));
    }
    memcpy(text->bytes + text->used, bytes, count);
    text->used += count;
}

static void put_word(struct text *text, uint64_t *random, size_t low, size_t high) {
    char word[80];
    size_t length = between(random, low, high);
    word[0] = '"';
    write_letters(word + 1, length, next_random(random));
    word[length + 1] = '"';
    put(text, word, length + 2);
}

// A document as a client would send it.
static void write_value(struct text *text, uint64_t *random, int depth) {
    char number[32];
    size_t choice = between(random, 0, 9);
    if (depth == DEEPEST || (depth > 1 && choice < 3)) {
        put(text, number, (size_t)snprintf(number, sizeof number, "%zu", between(random, 0, 1000000)));
    } else if (depth > 1 && choice < 7) {
        put_word(text, random, 3, 70);
    } else {
        int is_object = choice & 1;
        size_t count = between(random, 1, 11);
        put(text, is_object ? "{" : "[", 1);
        for (size_t i = 0; i < count; i++) {
            if (i) put(text, ",", 1);
            if (is_object) put_word(text, random, 3, 14), put(text, ":", 1);
            write_value(text, random, depth + 1);
        }
        put(text, is_object ? "}" : "]", 1);
    }
}

static char *parse_string(const char **at) {
    const char *from = ++*at, *to = strchr(from, '"');
    char *copy = checked(malloc((size_t)(to - from) + 1));
    memcpy(copy, from, (size_t)(to - from));
    copy[to - from] = 0;
    *at = to + 1;
    return copy;
}

static struct value *parse(const char **at);

static void parse_items(struct value *value, const char **at) {
    do {
        ++*at; // past the bracket or the comma
        char *name = NULL;
        if (value->kind == OBJECT) name = parse_string(at), ++*at;
        struct value *item = parse(at);
        item->name = name;
        if (value->used == value->room) {
            value->room = value->room ? value->room * 2 : 4;
            value->items = checked(realloc(value->items, value->room * sizeof *value->items));
        }
        value->items[value->used++] = item;
    } while (**at == ',');
    ++*at;
}

static struct value *parse(const char **at) {
    struct value *value = checked(calloc(1, sizeof *value));
    if (**at == '"') {
        value->kind = STRING;
        value->string = parse_string(at);
    } else if (**at == '[' || **at == '{') {
        value->kind = **at == '[' ? ARRAY : OBJECT;
        parse_items(value, at);
    } else {
        char *end;
        value->number = (double)strtol(*at, &end, 10);
        *at = end;
    }
    return value;
}

static void print_string(struct text *text, const char *string) {
    put(text, "\"", 1);
    put(text, string, strlen(string));
    put(text, "\"", 1);
}

static void print(struct text *text, const struct value *value) {
    char number[32];
    if (value->name) print_string(text, value->name), put(text, ":", 1);
    if (value->kind == STRING) {
        print_string(text, value->string);
    } else if (value->kind == NUMBER) {
        put(text, number, (size_t)snprintf(number, sizeof number, "%ld", (long)value->number));
    } else {
        put(text, value->kind == OBJECT ? "{" : "[", 1);
        for (uint32_t i = 0; i < value->used; i++) {
            if (i) put(text, ",", 1);
            print(text, value->items[i]);
        }
        put(text, value->kind == OBJECT ? "}" : "]", 1);
    }
}

static void end_value(struct value *value) {
    free(value->name);
    if (value->kind == STRING) free(value->string);
    if (value->kind >= ARRAY) {
        for (uint32_t i = 0; i < value->used; i++) end_value(value->items[i]);
        free(value->items);
    }
    free(value);
}

// Adds a field to the top, as a server does that passes a document on.
static void stamp(struct value *top, size_t number) {
    char *text = checked(malloc(24));
    snprintf(text, 24, "seen %zu", number);
    struct value *first = top->items[0];
    if (first->kind == STRING) free(first->string);
    else if (first->kind == NUMBER) first->kind = STRING;
    else {
        free(text);
        return;
    }
    first->string = text;
}

int main(void) {
    static struct value *cache[CACHED];
    uint64_t random = seed_of(101), sum = 0;
    for (size_t number = 0; number < DOCUMENTS; number++) {
        struct text in = {NULL, 0, 0}, out = {NULL, 0, 0};
        while (in.used < 1000) in.used = 0, write_value(&in, &random, 0);
        put(&in, "", 1);
        const char *at = in.bytes;
        struct value *top = parse(&at);
        free(in.bytes);
        stamp(top, number);
        print(&out, top);
        for (size_t i = 0; i < out.used; i += 7) sum = sum * 31 + (unsigned char)out.bytes[i];
        free(out.bytes);
        struct value **place = &cache[between(&random, 0, CACHED - 1)];
        if (*place) end_value(*place);
        *place = top;
    }
    for (int i = 0; i < CACHED; i++)
        if (cache[i]) end_value(cache[i]);
    print_checksum(sum);
}
