// What is reported of a block that goes by another door than it came by, read from a pipe.
#ifndef DOORS_H
#define DOORS_H

#include "check.h"

static int pipes[2];

static void wanted(const char *came, const char *goes, void *p) {
    char text[4096], doors[100], start[100];
    ssize_t n = read(pipes[0], text, sizeof text - 1);
    CHECK(n > 0);
    text[n] = 0;
    snprintf(doors, sizeof doors, "\n  where: allocated by %s, freed by %s; ", came, goes);
    snprintf(start, sizeof start, "DAM: dealloc-mismatch: free of %p: block of ", p);
    CHECK(!strncmp(text, start, strlen(start)) && strstr(text, doors));
}

#endif
