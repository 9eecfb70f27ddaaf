// A report as one line of JSON, with bytes that JSON has to escape.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// options: report=json
// modes: preload static
// talkative: yes
#include "report.h"

static void plain_free(void *p) { free(opaque(p)); }

int main(void) {
    if (!dam_version) return 0;
    char wanted[300];
    unsigned char *p = malloc(40);
    unsigned char *end = opaque(p + 40);
    int c = *end == '"' ? '\\' : '"';
    end[0] = (unsigned char)c;
    end[1] = 0;
    snprintf(wanted, sizeof wanted,
             "{\"violation\":\"heap-buffer-overflow\",\"operation\":\"free\",\"address\":\"0x%lx\",\"size\":40,\"offset\":40,\"found\":\"%02x00",
             (long)p, c);
    const char *line = caught(plain_free, p);
    CHECK(!strncmp(line, wanted, strlen(wanted)));
    snprintf(wanted, sizeof wanted, "\"text\":\"\\%c\\u0000", c);
    CHECK(strstr(line, wanted) && strstr(line, "\"where\":\"small slot ") && strstr(line, "\"thread\":"));
    CHECK(strstr(line, ",\"stack\":[") && strstr(line, "],\"now\":\"the process goes on\"}\n"));
    if (getenv("LD_PRELOAD")) CHECK(strstr(line, "[{\"module\":\"/") && strstr(line, ",\"offset\":\"0x"));
    CHECK_EQ(count_of(line, "\n"), 1);
    for (const char *at = line; at[1]; at++) CHECK(*at >= ' ' && *at <= '~');

    line = caught(free_nothing, NULL);
    CHECK(!strncmp(line, "{\"violation\":\"invalid-free\",", 28) && strstr(line, "\"size\":null,\"where\":"));
    CHECK_EQ(violations(), 2);
    return 0;
}
