// malloc_stats_print by a function of the program's own, which may allocate, as text and as JSON: the same figures as
// mallctl's, without what the options leave out; and where no function is named, by malloc_message or on standard error.
// modes: preload static
// expect: stderr contains "Allocated: "
#include "jemalloc.h"
#include "json.h"

typedef struct {
    char *text;
    size_t length;
    int calls;
} got_t;

// As Redis does: the text is made longer by realloc.
static void take(void *context, const char *piece) {
    got_t *got = context;
    size_t n = strlen(piece);
    CHECK(n > 0);
    got->text = realloc(got->text, got->length + n + 1);
    memcpy(got->text + got->length, piece, n + 1);
    got->length += n, got->calls++;
}

static got_t message;
static void take_message(void *context, const char *piece) {
    CHECK(context == &message || context == NULL);
    take(&message, piece);
}

static got_t print(const char *options) {
    got_t got = {0};
    malloc_stats_print(take, &got, options);
    CHECK(got.text && strlen(got.text) == got.length);
    return got;
}

static void json(void) {
    void *p = malloc(1234), *q = malloc(100000);
    got_t all = print("J");
    CHECK(json_valid(all.text));
    CHECK_GE(all.calls, 2);
    const char *s = json_at(all.text, "jemalloc");
    CHECK(s && json_at(s, "version") && strstr(json_at(s, "version"), "dam") < strchr(json_at(s, "version"), ','));
    CHECK(!strncmp(json_at(s, "config/stats"), "true", 4) && !strncmp(json_at(s, "config/prof"), "false", 5));
    CHECK(json_at(s, "opt/retain") && !json_at(s, "opt/prof"));
    CHECK_EQ(json_number(s, "arenas/page"), PAGE);
    CHECK_EQ(json_number(s, "arenas/nbins"), ask_as("arenas.nbins", 4));
    CHECK_EQ(json_number(s, "arenas/bin/3/size"), ask("arenas.bin.3.size"));
    CHECK_EQ(json_number(s, "arenas/bin/3/nregs"), ask_as("arenas.bin.3.nregs", 4));
    CHECK_EQ(json_number(s, "arenas/lextent/1/size"), ask("arenas.lextent.1.size"));
    CHECK_EQ((int64_t)json_number(s, "arenas/dirty_decay_ms"), (int64_t)ask("arenas.dirty_decay_ms"));
    char last[40];
    snprintf(last, sizeof last, "arenas/bin/%u", (unsigned)ask_as("arenas.nbins", 4));
    CHECK(!json_at(s, last));
    // Printing has refreshed the figures, and nobody has since.
    CHECK_EQ(json_number(s, "stats/allocated"), ask("stats.allocated"));
    CHECK_EQ(json_number(s, "stats/retained"), ask("stats.retained"));
    CHECK_EQ(json_number(s, "stats/background_thread/num_threads"), 0);
    for (int i = 0; i < 2; i++) {
        const char *arena = json_at(s, (const char *[]){"stats.arenas/0", "stats.arenas/merged"}[i]);
        CHECK(arena);
        CHECK_EQ(json_number(arena, "small/allocated"), ask("stats.arenas.0.small.allocated"));
        CHECK_EQ(json_number(arena, "large/nmalloc"), ask("stats.arenas.0.large.nmalloc"));
        CHECK_EQ(json_number(arena, "bins/9/curregs"), ask("stats.arenas.0.bins.9.curregs"));
        CHECK_EQ(json_number(arena, "lextents/0/curlextents"), ask("stats.arenas.0.lextents.0.curlextents"));
        CHECK_EQ(json_number(arena, "pmuzzy"), 0);
    }
    const char *const gone[][2] = {{"Jg", "jemalloc/config"}, {"Jg", "jemalloc/arenas"}, {"Ja", "jemalloc/stats.arenas/0"},
                                   {"Jm", "jemalloc/stats.arenas/merged"}, {"Jb", "jemalloc/stats.arenas/0/bins"},
                                   {"Jl", "jemalloc/stats.arenas/0/lextents"}};
    for (size_t i = 0; i < 6; i++) {
        got_t less = print(gone[i][0]);
        CHECK(json_valid(less.text) && json_at(all.text, gone[i][1]) && !json_at(less.text, gone[i][1]));
        free(less.text);
    }
    got_t least = print("Jgamblxhe?");
    CHECK(json_valid(least.text) && json_at(least.text, "jemalloc/stats/active"));
    free(least.text);
    free(all.text);
    free(p);
    free(q);
}

static void text(void) {
    got_t all = print(NULL), none = print("gamdblxe"), empty = print("");
    const char *sums = strstr(all.text, "Allocated: ");
    unsigned long allocated, active, metadata;
    CHECK(sums && sscanf(sums, "Allocated: %lu, active: %lu, metadata: %lu (n_thp 0), resident: ", &allocated, &active, &metadata) == 3);
    CHECK(active >= allocated && metadata == ask("stats.metadata"));
    CHECK(strstr(all.text, "  config.stats: true\n") && strstr(all.text, "  opt.dss: \"disabled\"\n"));
    CHECK(strstr(all.text, "bins:") && strstr(all.text, "large classes:") && strstr(all.text, "arena 0"));
    CHECK(strstr(all.text, "--- End jemalloc statistics ---\n"));
    CHECK(strstr(none.text, "Allocated: ") && !strstr(none.text, "config") && !strstr(none.text, "bins:"));
    CHECK(!strstr(none.text, "large classes:") && !strstr(none.text, "arena 0"));
    CHECK(strstr(empty.text, "bins:"));
    free(all.text);
    free(none.text);
    free(empty.text);
}

int main(void) {
    json();
    text();
    malloc_stats_print(NULL, NULL, "gabl");  // on standard error
    malloc_message = take_message;
    malloc_stats_print(NULL, &message, "g");
    CHECK(message.text && strstr(message.text, "bins:"));
    free(message.text);
    malloc_message = NULL;
    check_sound();
    return 0;
}
