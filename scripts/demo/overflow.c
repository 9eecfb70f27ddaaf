/* A small program with a common mistake: the buffer has room for the name, not for the zero at its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *greeting(const char *name)
{
    char *text = malloc(strlen("Hello, ") + strlen(name));
    if (!text) exit(2);
    strcpy(text, "Hello, ");
    strcat(text, name); /* writes one byte behind the end */
    return text;
}

int main(int argc, char **argv)
{
    char *text = greeting(argc > 1 ? argv[1] : "world");
    puts(text);
    free(text);
    puts("done");
    return 0;
}
