// A library for dlopen: makes and takes blocks, allocates when it comes and when it goes.
#define NO_START_CHECK
#include "check.h"

static void *mine[50];

__attribute__((constructor)) static void init(void) {
    for (size_t i = 0; i < 50; i++) mine[i] = malloc(i * 100 + 1);
}

__attribute__((destructor)) static void fini(void) {
    for (size_t i = 0; i < 50; i++) free(mine[i]);
    free(malloc(5000));
}

void *plugin_make(size_t n);
void *plugin_make(size_t n) {
    void *p = malloc(n);
    if (p) fill(p, n, 9);
    return p;
}

char *plugin_text(const char *text);
char *plugin_text(const char *text) { return strdup(text); }

void *plugin_change(void *p, size_t n);
void *plugin_change(void *p, size_t n) { return realloc(p, n); }

void plugin_take(void *p);
void plugin_take(void *p) { free(p); }
