// With attach=0 there is no page, and no descriptor.
// options: attach=0
// modes: preload static
#include "check.h"

int main(void) {
    if (!dam_version) return 0;
    free(malloc(100));
    for (int fd = 3; fd < 1024; fd++) {
        char link[40], text[100] = "";
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        if (readlink(link, text, sizeof text - 1) > 0) CHECK(!strstr(text, "dam-"));
    }
    return 0;
}
