// Looks into JSON without making anything of it: whether a text is well-formed, and where the value behind a path lies.
#ifndef DAM_TEST_JSON_H
#define DAM_TEST_JSON_H
#include "check.h"

static const char *json_skip(const char *s);

static const char *json_space(const char *s) { return s ? s + strspn(s, " \t\r\n") : s; }

static const char *json_string(const char *s) {
    if (*s++ != '"') return NULL;
    while (*s && *s != '"') s += *s == '\\' ? 2 : 1;
    return *s ? s + 1 : NULL;
}

// Behind the members of an object or a list.
static const char *json_members(const char *s, char end) {
    s = json_space(s + 1);
    if (*s == end) return s + 1;
    for (;; s = json_space(s + 1)) {
        if (end == '}') {
            s = json_space(json_string(s));
            if (!s || *s++ != ':') return NULL;
        }
        s = json_space(json_skip(json_space(s)));
        if (!s || (*s != ',' && *s != end)) return NULL;
        if (*s == end) return s + 1;
    }
}

// Behind the value at `s`; NULL where there is none.
static const char *json_skip(const char *s) {
    if (!s) return NULL;
    if (*s == '{') return json_members(s, '}');
    if (*s == '[') return json_members(s, ']');
    if (*s == '"') return json_string(s);
    size_t n = strspn(s, "-+.0123456789eE");
    if (n) return s + n;
    const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (!strncmp(s, words[i], strlen(words[i]))) return s + strlen(words[i]);
    return NULL;
}

__attribute__((unused)) static bool json_valid(const char *s) {
    s = json_space(json_skip(json_space(s)));
    return s && *s == 0;
}

// The value of a member, or of a place in a list (`key` is a number then); NULL where there is none.
static const char *json_member(const char *s, const char *key) {
    size_t wanted = strtoul(key, NULL, 10), at = 0;
    bool list = *s == '[';
    for (s = json_space(s + 1); *s && *s != '}' && *s != ']'; s = json_space(s + (*s == ','))) {
        const char *name = s;
        if (!list) s = json_space(json_space(json_string(s)) + 1);
        if (list ? at++ == wanted : !strncmp(name + 1, key, strlen(key)) && name[1 + strlen(key)] == '"') return s;
        s = json_space(json_skip(s));
    }
    return NULL;
}

// The value behind a path of names and places, separated by slashes.
__attribute__((unused)) static const char *json_at(const char *s, const char *path) {
    char key[100];
    for (s = json_space(s); s && *path; path += *path == '/') {
        size_t n = strcspn(path, "/");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        if (*s != '{' && *s != '[') return NULL;
        s = json_member(s, key);
        path += n;
    }
    return s;
}

__attribute__((unused)) static uint64_t json_number(const char *s, const char *path) {
    const char *value = json_at(s, path);
    if (!value) check_failed(__FILE__, __LINE__, path, 0, 0);
    return strtoull(value, NULL, 10);
}
#endif
