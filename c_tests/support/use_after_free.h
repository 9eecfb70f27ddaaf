// Accesses a freed block, in a child process for many sizes and then in this one.
#include "check.h"

#define WRITE(at) (*(volatile unsigned char *)opaque(at) = 1)
#define READ(at) ((void)*(volatile unsigned char *)opaque(at))

int main(void) {
    unsigned char *last = NULL;
    for (size_t n = 1; n <= 20 * MIB; n = n * 3 + 1) {
        unsigned char *p = malloc(n);
        memset(p, 1, n);
        free(p);
        pid_t child = fork();
        if (child == 0) {
            ACCESS(p + n / 2);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        last = p;
    }
    ACCESS(last);
    return 0;
}
