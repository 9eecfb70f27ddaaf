// One line says it all: what was found, during what, at which address, the size asked for, the first damaged offset, the
// bytes there, and what was done about it.
// modes: preload static
// talkative: yes
#include "misuse.h"

static char text[4096];

// What a misuse writes to standard error.
static const char *caught(void (*misuse)(void *), void *p) {
    int pipes[2], saved = dup(2);
    CHECK_EQ(pipe(pipes), 0);
    dup2(pipes[1], 2);
    misuse(p);
    dup2(saved, 2);
    close(pipes[1]);
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = 0;
    close(pipes[0]), close(saved);
    return text;
}

static void plain_free(void *p) { free(opaque(p)); }
static void twice(void *p) { free(p), free(opaque(p)); }

int main(void) {
    if (!dam_version) return 0;
    char wanted[200];
    unsigned char *p = malloc(40);
    unsigned char *end = opaque(p + 40);
    int c = *end == 'A' ? 'B' : 'A';  // surely another byte than the canary's
    memset(end, c, 3), end[3] = 0;
    snprintf(wanted, sizeof wanted,
             "DAM: heap-buffer-overflow: free of 0x%lx: block of 40 bytes, first damaged byte at offset 40, found %x %x %x 00",
             (long)p, c, c, c);
    const char *line = caught(plain_free, p);
    CHECK(!strncmp(line, wanted, strlen(wanted)));
    CHECK(strstr(line, "quarantined\n") && strchr(line, '\n') == line + strlen(line) - 1);

    p = malloc(70);
    snprintf(wanted, sizeof wanted, "DAM: double-free: free of 0x%lx: ", (long)p);
    CHECK(!strncmp(caught(twice, p), wanted, strlen(wanted)));

    snprintf(wanted, sizeof wanted, "DAM: invalid-free: free of 0x%lx: ", (long)wanted);
    CHECK(!strncmp(caught(plain_free, wanted), wanted, strlen(wanted)));

    p = malloc(90);
    *(unsigned char *)opaque(p - 3) ^= 1;
    snprintf(wanted, sizeof wanted,
             "DAM: heap-buffer-underflow: free of 0x%lx: block of 90 bytes, first damaged byte at offset -3", (long)p);
    CHECK(!strncmp(caught(plain_free, p), wanted, strlen(wanted)));
    CHECK_EQ(violations(), 4);
    return 0;
}
