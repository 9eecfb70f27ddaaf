// malloc_info writes well-formed XML of glibc's elements in glibc's order, refuses options other than 0 with EINVAL, and
// may be called while the stream itself allocates. Its figures are those of mallinfo2.
// In paranoid nearly all blocks are mappings.
// modes: preload static
#include "check.h"

// The unsigned attribute of the next element of this name and type; what was read moves on behind it.
static size_t figure(const char **s, const char *element, const char *type, const char *attribute) {
    char start[60], name[30];
    snprintf(start, sizeof start, "<%s type=\"%s\" ", element, type);
    snprintf(name, sizeof name, "%s=\"", attribute);
    *s = strstr(*s, start);
    CHECK(*s);
    const char *value = strstr(*s, name), *end = strstr(*s, "/>");
    CHECK(value && value < end);
    *s = end;
    return strtoul(value + strlen(name), NULL, 10);
}

// The part for a heap, or for all of them: free places, what the system gave.
static void check_part(const char **s, bool mapped, const struct mallinfo2 *info) {
    const char *fast = *s, *current, *most, *total;
    CHECK_EQ(figure(s, "total", "fast", "count"), info->smblks);
    CHECK_EQ(figure(&fast, "total", "fast", "size"), info->fsmblks);
    figure(s, "total", "rest", "size");
    if (mapped) CHECK_EQ(figure(s, "total", "mmap", "size"), info->hblkhd);
    size_t system = (current = *s, figure(s, "system", "current", "size"));
    CHECK_EQ(system, info->arena);
    CHECK_GE((most = *s, figure(s, "system", "max", "size")), system);
    CHECK_EQ((total = *s, figure(s, "aspace", "total", "size")), system);
    CHECK_EQ(figure(s, "aspace", "mprotect", "size"), system);
    CHECK(current < most && most < total);
}

// Free places by size: ranges that do not overlap, and as many bytes as those have.
static void check_sizes(const char *s, const char *end) {
    size_t from, to, total, count, last = 0, sum = 0;
    for (; (s = strstr(s, "<size ")) && s < end; s++) {
        CHECK_EQ(sscanf(s, "<size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>", &from, &to, &total, &count), 4);
        CHECK(from > last && to >= from && count > 0 && total >= count * from && total <= count * to);
        last = to, sum += total;
    }
    CHECK_GE(sum, 1);
}

// Walks the tags with a stack of names; true if everything that opens closes in order.
static bool well_formed(const char *s) {
    char open[64][32];
    int depth = 0, elements = 0;
    while ((s = strchr(s, '<'))) {
        const char *end = strchr(s, '>');
        if (!end || end - s < 2) return false;
        if (s[1] == '?' || s[1] == '!') { s = end; continue; }
        bool closes = s[1] == '/', single = end[-1] == '/';
        size_t n = strcspn(s + 1 + closes, " />\n");
        char name[32];
        if (n == 0 || n >= sizeof name) return false;
        memcpy(name, s + 1 + closes, n);
        name[n] = 0;
        size_t quotes = 0;
        for (const char *c = s; c < end; c++) quotes += *c == '"';
        if (quotes % 2) return false;
        if (closes) {
            if (depth == 0 || strcmp(open[--depth], name)) return false;
        } else if (!single) {
            if (depth == 64 || (depth == 0 && elements > 0)) return false;
            strcpy(open[depth++], name);
        }
        elements++;
        s = end;
    }
    return depth == 0 && elements > 0;
}

int main(void) {
    void *p = malloc(1000), *q = malloc(10 * MIB), *freed[100];
    for (size_t i = 0; i < 100; i++) freed[i] = malloc(i * 10 + 1);
    for (size_t i = 0; i < 100; i++) free(freed[i]);
    char room[20000];
    struct mallinfo2 info;
    FILE *fixed = fmemopen(room, sizeof room, "w");  // its blocks come and go outside of the figures
    CHECK(fixed);
    setbuf(fixed, NULL);
    info = mallinfo2();
    CHECK_EQ(malloc_info(0, fixed), 0);
    fclose(fixed);
    const char *at = room, *heap = strstr(room, "<heap nr=\"0\">"), *heap_end = strstr(room, "</heap>");
    CHECK(!strncmp(room, "<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n", 43) && heap && heap_end);
    if (dam_version && info.smblks) check_sizes(room, strstr(room, "</sizes>"));
    check_part(&at, false, &info);
    CHECK(at < heap_end);
    check_part(&at, true, &info);
    CHECK(well_formed(room));
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    CHECK(stream);
    CHECK_EQ(malloc_info(0, stream), 0);
    CHECK(malloc_info(1, stream) != 0);
    fclose(stream);
    CHECK(length > 40 && strlen(text) == length);
    CHECK(strstr(text, "<malloc version=\""));
    CHECK(strstr(text, "</malloc>"));
    CHECK(well_formed(text));
    free(text);
    free(p);
    free(q);
    check_sound();
    return 0;
}
