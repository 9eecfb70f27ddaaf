// The C library's own allocations come from and go back to the same heap: strdup, asprintf, getline, open_memstream,
// realpath, getcwd, scandir, glob, regcomp, qsort of much, setlocale, fopen, popen, argz, wcsdup.
// modes: preload static
#include "check.h"

#include <argz.h>
#include <dirent.h>
#include <glob.h>
#include <locale.h>
#include <regex.h>
#include <wchar.h>

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void strings(void) {
    char *a = strdup("hello"), *b = strndup("hello", 3), *c = NULL;
    CHECK(asprintf(&c, "%s %5000d", a, 7) == 5006);
    a = realloc(a, 100);
    CHECK(!strcmp(a, "hello") && !strcmp(b, "hel"));
    free(a), free(b), free(c);
    wchar_t *w = wcsdup(L"wide");
    CHECK(w && wcslen(w) == 4);
    free(w);
    char *argz = NULL;
    size_t length = 0;
    for (int i = 0; i < 100; i++) CHECK_EQ(argz_add(&argz, &length, "one more"), 0);
    CHECK_EQ(argz_count(argz, length), 100);
    free(argz);
}

static void files(void) {
    char *path = realpath("/proc/self/../self", NULL), *here = getcwd(NULL, 0);
    CHECK(path && here);
    free(path), free(here);
    struct dirent **names;
    int n = scandir("/usr/bin", &names, NULL, alphasort);
    CHECK(n > 10);
    for (int i = 0; i < n; i++) free(names[i]);
    free(names);
    glob_t g;
    CHECK_EQ(glob("/usr/bin/[a-f]*", 0, NULL, &g), 0);
    globfree(&g);
    FILE *f = fopen("/proc/self/maps", "r");
    char *line = NULL;
    size_t room = 0;
    int lines = 0;
    while (getline(&line, &room, f) > 0) lines++;
    CHECK(lines > 2);
    free(line);
    fclose(f);
    f = popen("echo from a child", "r");
    char text[100];
    CHECK(f && fgets(text, sizeof text, f) && !strcmp(text, "from a child\n"));
    CHECK_EQ(pclose(f), 0);
}

int main(void) {
    for (int round = 0; round < 20; round++) {
        strings();
        files();
        setlocale(LC_ALL, round & 1 ? "C.UTF-8" : "C");
        regex_t r;
        CHECK_EQ(regcomp(&r, "^(a|b)*[[:alpha:]]{2,8}x+$", REG_EXTENDED), 0);
        CHECK_EQ(regexec(&r, "ababfooxxx", 0, NULL, 0), 0);
        regfree(&r);
        int *many = malloc(300000 * sizeof *many);  // long enough for qsort to take a buffer of its own
        for (int i = 0; i < 300000; i++) many[i] = (int)((unsigned)i * 2654435761u >> 2);
        qsort(many, 300000, sizeof *many, by_value);
        for (int i = 1; i < 300000; i++) CHECK(many[i - 1] <= many[i]);
        free(many);
        char *text;
        size_t length;
        FILE *m = open_memstream(&text, &length);
        for (int i = 0; i < 5000; i++) fprintf(m, "%d ", i);
        fclose(m);
        CHECK(length > 20000);
        free(text);
    }
    check_sound();
    return 0;
}
