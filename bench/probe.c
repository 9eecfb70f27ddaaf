// Prints the file that this process's malloc comes from, so that the driver
// can tell a preloaded allocator from one the loader left out with a warning.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    Dl_info where;
    if (!dladdr((void *)&malloc, &where)) return 1;
    puts(where.dli_fname);
    return 0;
}
