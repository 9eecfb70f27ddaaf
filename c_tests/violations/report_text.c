// A report says it all: what was found, during what, at which address, the size asked for, the first damaged offset, the
// bytes there, where the block is, who called, and what becomes of the process.
// In paranoid no block is small: each has pages of its own.
// holds: fast default hardened
// modes: preload static
// talkative: yes
// flags: -Wl,--eh-frame-hdr
#include "report.h"

// Whether the report's line about the caller leads addr2line to this function; true where the line or the tool is missing.
static bool is_caller(const char *report, const char *function) {
    char command[600], name[200] = "";
    const char *at = strstr(report, "  caller: "), *plus = at ? strchr(at, '+') : NULL;
    if (!plus) return false;
    at += strlen("  caller: ");
    snprintf(command, sizeof command, "addr2line -f -e %.*s %.*s", (int)(plus - at), at, (int)strcspn(plus + 1, "\n"), plus + 1);
    unsetenv("LD_PRELOAD");
    FILE *f = popen(command, "r");
    if (!f) return true;
    if (!fgets(name, sizeof name, f)) strcpy(name, "?");
    if (WEXITSTATUS(pclose(f)) == 127) return true;
    return !strncmp(name, function, strlen(function)) && name[strlen(function)] == '\n';
}

__attribute__((noinline)) static void plain_free(void *p) {
    free(opaque(p));
    opaque(p);  // no tail call: the caller is this function
}
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
    CHECK(strstr(line, "\n  as text: ") && strstr(line, "\n  where: small slot ") && strstr(line, "quarantined\n"));
    CHECK(strstr(line, "\n  thread: ") && strstr(line, "\n  now: the process goes on\n"));
    char copy[sizeof text];
    strcpy(copy, line);
    CHECK(strstr(copy, "\n  called from: ") && is_caller(copy, "plain_free"));

    p = malloc(70);
    snprintf(wanted, sizeof wanted, "DAM: double-free: free of 0x%lx", (long)p);
    CHECK(!strncmp(caught(twice, p), wanted, strlen(wanted)));

    snprintf(wanted, sizeof wanted, "DAM: invalid-free: free of 0x%lx\n  where: ", (long)wanted);
    CHECK(!strncmp(caught(plain_free, wanted), wanted, strlen(wanted)));

    p = malloc(90);
    *(unsigned char *)opaque(p - 3) ^= 1;
    snprintf(wanted, sizeof wanted,
             "DAM: heap-buffer-underflow: free of 0x%lx: block of 90 bytes, first damaged byte at offset -3", (long)p);
    CHECK(!strncmp(caught(plain_free, p), wanted, strlen(wanted)));
    CHECK_EQ(violations(), 4);
    return 0;
}
