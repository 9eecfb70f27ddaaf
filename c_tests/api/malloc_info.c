// malloc_info writes well-formed XML with a <malloc version=...> root, refuses options other than 0 with EINVAL, and may
// be called while the stream itself allocates.
// modes: preload static
#include "check.h"

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
    void *p = malloc(1000), *q = malloc(10 * MIB);
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
