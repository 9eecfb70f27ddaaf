// Many strings put together at once, character by character, through realloc:
// 6,000 in turn, as a server does that parses fields from many connections.
// Argument: how a string grows. `doubling` doubles its room from 16 bytes on
// (strings of up to 8 KiB), `steps` adds 32 bytes of room at a time (up to 2 KiB).
#include "work.h"
#include <string.h>

#define STRINGS 6000

struct string {
    char *text;
    size_t length, room, target;
};

static void begin(struct string *string, uint64_t *random, int doubling) {
    string->length = 0;
    string->room = doubling ? 16 : 32;
    string->target = doubling ? octave_size(random, 32, 8) : between(random, 20, 2000);
    string->text = checked(malloc(string->room));
}

static uint64_t finish(struct string *string) {
    string->text = checked(realloc(string->text, string->length + 1));
    string->text[string->length] = 0;
    uint64_t sum = 0;
    for (size_t at = 0; at < string->length; at += 61) sum = sum * 31 + (unsigned char)string->text[at];
    sum += strlen(string->text);
    free(string->text);
    return sum;
}

// Appends a piece as it comes from the network; 1 when the string is complete.
static int append(struct string *string, size_t count, int doubling) {
    for (; count && string->length < string->target; count--) {
        if (string->length + 1 >= string->room) {
            string->room = doubling ? string->room * 2 : string->room + 32;
            string->text = checked(realloc(string->text, string->room));
        }
        string->text[string->length] = (char)('a' + string->length % 26);
        string->length++;
    }
    return string->length == string->target;
}

int main(int argc, char **argv) {
    static struct string strings[STRINGS];
    int doubling = argc < 2 || strcmp(argv[1], "steps") != 0;
    uint64_t random = seed_of(25), sum = 0;
    for (size_t i = 0; i < STRINGS; i++) begin(&strings[i], &random, doubling);
    int pieces = doubling ? 6000000 : 5000000;
    for (int piece = 0; piece < pieces; piece++) {
        struct string *string = &strings[between(&random, 0, STRINGS - 1)];
        size_t count = between(&random, 1, 60);
        if (!append(string, count, doubling)) continue;
        sum += finish(string);
        begin(string, &random, doubling);
    }
    for (size_t i = 0; i < STRINGS; i++) sum += finish(&strings[i]);
    print_checksum(sum);
}
